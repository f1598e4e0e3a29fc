import { AlpineK8sError } from "../../base/errors.js";
import type { ClusterContext } from "../../engine/context.js";
import type { RunInput } from "../../engine/run-input.js";
import { fieldsOf, textOf, wordsOf } from "../../kube/fields.js";
import type { KubeApi, KubeObject } from "../../kube/kube-api.js";
import { listMetrics, MetricsNotReady, usageIn, type Usage } from "../../kube/metrics/read-metrics.js";
import { nodeNamed } from "../../nodes/reach-node.js";
import { lookByApi, type Watch } from "./look.js";
import { ordered, type Sort } from "./order.js";

/** What a pod uses: the sum of its containers, cores and bytes. */
export interface PodUse extends Usage {
  readonly namespace: string;
  readonly name: string;
  readonly node: string;
}

/** The shape of `top pods -o json`, documented in docs/json.md. */
export interface TopPods {
  readonly cluster: string;
  readonly pods: readonly PodUse[];
  /** How many more there are, which a limit leaves out. */
  readonly omitted: number;
  /** How many run that have no figures yet. */
  readonly withoutFigures: number;
}

/** Which pods to show; all where nothing is given. */
interface PodsQuery {
  readonly sort: Sort;
  readonly namespace?: string | undefined;
  /** A node's name, short or full. */
  readonly node?: string | undefined;
  /** The first ones only, so many. */
  readonly limit?: number | undefined;
}

interface TopPodsInput extends RunInput, PodsQuery {
  readonly watch?: Watch<TopPods> | undefined;
}

/** Names of namespaces: RFC 1123 labels. */
const NAMESPACE = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/**
 * What each running pod uses, by the metrics API. Throws `usage` for an unknown node and for what can be no namespace,
 * `prerequisite` without that API, {@link MetricsNotReady} when pods run and it has figures of none. With `watch` it goes
 * on as {@link lookByApi} does.
 */
export async function topPods(input: TopPodsInput): Promise<TopPods> {
  const { namespace } = input;
  if (namespace !== undefined && !NAMESPACE.test(namespace)) {
    throw new AlpineK8sError("usage", `--namespace ${namespace}: a namespace has no such name`, {
      hints: ["alpine-k8s kubectl -- get namespaces"],
    });
  }
  const look = (kube: KubeApi, context: ClusterContext): Promise<TopPods> => lookAtPods(kube, context, input);
  return lookByApi(input, "top pods", look, input.watch);
}

async function lookAtPods(kube: KubeApi, context: ClusterContext, query: PodsQuery): Promise<TopPods> {
  const { identity, signal, topology } = context;
  const node = query.node === undefined ? undefined : nodeNamed(topology, query.node).fqdn;
  const collection = query.namespace === undefined ? "pods" : `namespaces/${query.namespace}/pods`;
  const measured = await listMetrics(kube, collection, signal);
  const usages = new Map(measured.map((item) => [keyOf(item), usageIn(item)]));
  const fields = ["status.phase=Running", ...(node === undefined ? [] : [`spec.nodeName=${node}`])].join(",");
  const running = await kube.list(`/api/v1/${collection}?fieldSelector=${encodeURIComponent(fields)}`, signal);
  const pods = running.flatMap((pod) => podUse(pod, usages.get(keyOf(pod))) ?? []);
  if (pods.length === 0 && running.length > 0) {
    throw new MetricsNotReady(
      `${running.length} pod(s) run, and the metrics API has no figures of any yet: metrics-server, or these pods, have just started`,
    );
  }
  const shown = ordered(pods, query.sort).slice(0, query.limit);
  const withoutFigures = running.length - pods.length;
  return { cluster: identity.name, pods: shown, omitted: pods.length - shown.length, withoutFigures };
}

function keyOf({ metadata }: KubeObject): string {
  return `${metadata.namespace ?? ""}/${metadata.name}`;
}

function podUse(pod: KubeObject, usage: Usage | undefined): PodUse | undefined {
  const { name, namespace } = pod.metadata;
  const node = textOf(fieldsOf(pod["spec"])["nodeName"]);
  return usage && { namespace: wordsOf(namespace), name: wordsOf(name), node: wordsOf(node), ...usage };
}
