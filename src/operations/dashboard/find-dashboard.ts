import { AlpineK8sError } from "../../base/errors.js";
import { until } from "../../base/wait.js";
import type { ClusterContext } from "../../engine/context.js";
import { tellWait } from "../../engine/tell-wait.js";
import { workloadsAvailable, type WorkloadRef } from "../../kube/conditions.js";
import { readyPodOf } from "../../kube/forward/service-pod.js";
import type { KubeApi, KubeObject } from "../../kube/kube-api.js";
import { whyUnavailable } from "../../kube/stuck-pods.js";
import type { WebService } from "../tunnel/tunnel.js";

/** A dashboard that a cluster may have. */
export type Dashboard = WebService;

/** As Headlamp's own manifest names it. */
const HEADLAMP: Dashboard = { namespace: "kube-system", name: "headlamp", scheme: "http" };
/** As the manifest of the Kubernetes Dashboard names it (v2, recommended.yaml). */
const CLASSIC: Dashboard = { namespace: "kubernetes-dashboard", name: "kubernetes-dashboard", scheme: "https" };

/** Milliseconds for a dashboard that was just brought: its image is pulled first. */
const PATIENCE = 60_000;

/**
 * The dashboard of the cluster, once it runs: Headlamp, else the Kubernetes Dashboard. Throws `usage` when it has neither,
 * and `timeout` with what its pods wait for when none is ready in a minute.
 */
export async function runningDashboard(context: ClusterContext, kube: KubeApi): Promise<Dashboard> {
  const { signal, tools } = context;
  const dashboard = await findDashboard(kube, signal);
  await until({
    what: "the dashboard",
    every: 1_000,
    atMost: PATIENCE,
    signal,
    clock: tools.clock,
    hints: [`alpine-k8s kubectl -- -n ${dashboard.namespace} get pods`, "alpine-k8s status"],
    check: () => whyItDoesNotRun(kube, dashboard, signal),
    onReason: (reason) => tellWait(context, reason),
  });
  tellWait(context, undefined);
  return dashboard;
}

async function findDashboard(kube: KubeApi, signal: AbortSignal): Promise<Dashboard> {
  if ((await deploymentOf(kube, HEADLAMP, signal)) !== undefined) return HEADLAMP;
  const { namespace, name } = CLASSIC;
  if ((await kube.find(`/api/v1/namespaces/${namespace}/services/${name}`, signal)) === undefined) throw noDashboard();
  return CLASSIC;
}

async function whyItDoesNotRun(kube: KubeApi, dashboard: Dashboard, signal: AbortSignal): Promise<string | undefined> {
  const pod = await readyPodOf(kube, dashboard, signal);
  if (typeof pod !== "string") return undefined;
  const deployment = await deploymentOf(kube, dashboard, signal);
  const ref = refOf(dashboard);
  const live = deployment === undefined ? [] : [{ ...deployment, kind: ref.kind }];
  const reason = workloadsAvailable([ref], live) ?? pod;
  const why = await whyUnavailable(kube, [ref], live, signal);
  return why === "" ? reason : `${reason} (${why})`;
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
