import type { RunInput } from "../../engine/run-input.js";
import type { ClusterContext } from "../../engine/context.js";
import { fieldsOf, wordsOf } from "../../kube/fields.js";
import type { KubeApi } from "../../kube/kube-api.js";
import { parseQuantity } from "../../kube/metrics/quantity.js";
import { listMetrics, MetricsNotReady, usageIn, type Usage } from "../../kube/metrics/read-metrics.js";
import { lookByApi, type Watch } from "./look.js";
import { ordered, type Sort } from "./order.js";

/** What a node uses, and what of it pods may have. A figure that is not known is null. */
export interface NodeUse {
  readonly name: string;
  /** Cores. */
  readonly cpu: number | null;
  readonly cpuAllocatable: number | null;
  /** Bytes. */
  readonly memory: number | null;
  readonly memoryAllocatable: number | null;
  readonly timestamp: string | null;
  /** Seconds. */
  readonly window: number | null;
}

/** The shape of `top nodes -o json`, documented in docs/json.md. */
export interface TopNodes {
  readonly cluster: string;
  readonly nodes: readonly NodeUse[];
}

interface TopNodesInput extends RunInput {
  readonly sort: Sort;
  readonly watch?: Watch<TopNodes> | undefined;
}

/**
 * What each node of the API uses, by the metrics API. Throws `prerequisite` without that API, {@link MetricsNotReady} when
 * it has no figures of any node. With `watch` it goes on as {@link lookByApi} does.
 */
export async function topNodes(input: TopNodesInput): Promise<TopNodes> {
  const look = (kube: KubeApi, context: ClusterContext): Promise<TopNodes> => lookAtNodes(kube, context, input.sort);
  return lookByApi(input, "top nodes", look, input.watch);
}

async function lookAtNodes(kube: KubeApi, { identity, signal }: ClusterContext, sort: Sort): Promise<TopNodes> {
  const measured = await listMetrics(kube, "nodes", signal);
  const usages = new Map(measured.map((item) => [item.metadata.name, usageIn(item)]));
  const registered = await kube.list("/api/v1/nodes", signal);
  const nodes = registered.map((node) => {
    const allocatable = fieldsOf(fieldsOf(node["status"])["allocatable"]);
    return nodeUse(node.metadata.name, usages.get(node.metadata.name), allocatable);
  });
  if (nodes.every(({ cpu }) => cpu === null)) {
    throw new MetricsNotReady(
      "the metrics API has no figures of any node yet: metrics-server has just started, or the kubelets do not answer it",
    );
  }
  return { cluster: identity.name, nodes: ordered(nodes, sort) };
}

function nodeUse(name: string, usage: Usage | undefined, allocatable: Readonly<Record<string, unknown>>): NodeUse {
  const { cpu = null, memory = null, timestamp = null, window = null } = usage ?? {};
  return {
    name: wordsOf(name),
    ...{ cpu, cpuAllocatable: parseQuantity(allocatable["cpu"]) ?? null },
    ...{ memory, memoryAllocatable: parseQuantity(allocatable["memory"]) ?? null },
    ...{ timestamp, window },
  };
}
