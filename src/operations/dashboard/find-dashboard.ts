import { AlpineK8sError } from "../../base/errors.js";
import { workloadsAvailable, type WorkloadRef } from "../../kube/conditions.js";
import { readyPodOf, type ServiceRef } from "../../kube/forward/service-pod.js";
import type { KubeApi, KubeObject } from "../../kube/kube-api.js";
import { whyUnavailable } from "../../kube/stuck-pods.js";

/** A dashboard that a cluster may have. */
export interface Dashboard extends ServiceRef {
  /** What its pods speak; with `https` the certificate is one that they made themselves. */
  readonly scheme: "http" | "https";
}

/** As Headlamp's own manifest names it. */
const HEADLAMP: Dashboard = { namespace: "kube-system", name: "headlamp", scheme: "http" };
/** As the manifest of the Kubernetes Dashboard names it (v2, recommended.yaml). */
const CLASSIC: Dashboard = { namespace: "kubernetes-dashboard", name: "kubernetes-dashboard", scheme: "https" };

/**
 * The dashboard of the cluster, which runs: Headlamp, else the Kubernetes Dashboard. Throws `usage` when it has neither,
 * and `unhealthy` with what its pods wait for when none of them is ready.
 */
export async function findDashboard(kube: KubeApi, signal: AbortSignal): Promise<Dashboard> {
  const headlamp = await deploymentOf(kube, HEADLAMP, signal);
  if (headlamp !== undefined) return running(kube, HEADLAMP, headlamp, signal);
  const { namespace, name } = CLASSIC;
  if ((await kube.find(`/api/v1/namespaces/${namespace}/services/${name}`, signal)) === undefined) throw noDashboard();
  return running(kube, CLASSIC, await deploymentOf(kube, CLASSIC, signal), signal);
}

async function running(
  kube: KubeApi,
  dashboard: Dashboard,
  deployment: KubeObject | undefined,
  signal: AbortSignal,
): Promise<Dashboard> {
  const pod = await readyPodOf(kube, dashboard, signal);
  if (typeof pod !== "string") return dashboard;
  const ref = refOf(dashboard);
  const live = deployment === undefined ? [] : [{ ...deployment, kind: ref.kind }];
  const reason = workloadsAvailable([ref], live) ?? pod;
  const why = await whyUnavailable(kube, [ref], live, signal);
  throw new AlpineK8sError("unhealthy", `the dashboard does not run: ${why === "" ? reason : `${reason} (${why})`}`, {
    hints: [`alpine-k8s kubectl -- -n ${dashboard.namespace} get pods`, "alpine-k8s status"],
  });
}

function deploymentOf(kube: KubeApi, dashboard: Dashboard, signal: AbortSignal): Promise<KubeObject | undefined> {
  const { namespace, name } = dashboard;
  return kube.find(`/apis/apps/v1/namespaces/${namespace}/deployments/${name}`, signal);
}

function refOf({ namespace, name }: Dashboard): WorkloadRef {
  return { apiVersion: "apps/v1", kind: "Deployment", namespace, name };
}

function noDashboard(): AlpineK8sError {
  return new AlpineK8sError("usage", "this cluster has no dashboard", {
    hints: ["alpine-k8s addons enable headlamp"],
  });
}
