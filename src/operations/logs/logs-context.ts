import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { proxySecrets } from "../../model/spec/proxy-password.js";
import { about, messageOf } from "../../base/errors.js";
import { readIfExists } from "../../base/files.js";
import type { ClusterPaths } from "../../base/paths.js";
import type { NodeLog } from "../../alpine/node-logs.js";
import { secretsIn, specDocument } from "../../model/spec/spec-document.js";
import type { PlannedNode } from "../../model/topology/topology.js";
import type { ClusterContext } from "../../engine/context.js";
import { mastersToAsk } from "../../control-plane/masters.js";
import { lookingTools } from "../../nodes/looking-tools.js";
import { nodeNamed, nodeReacher, type ReachedNode } from "../../nodes/reach-node.js";
import type { RunInput } from "../../engine/run-input.js";
import { withRun } from "../../engine/with-run.js";

/** What `logs` can show: logs on the nodes, our own of past runs, the cluster's events. */
export type LogSource = NodeLog | "run" | "events";

/** A cluster opened for reading its logs; nodes are connected to on demand, each once. */
export interface LogsContext {
  readonly context: ClusterContext;
  /** Texts that must not be shown. */
  readonly secrets: readonly string[];
  /** The nodes asked for. */
  readonly nodes: readonly PlannedNode[];
  readonly reach: (node: PlannedNode) => Promise<ReachedNode>;
  /** The first master that answers by ssh; nothing when none does. */
  readonly reachMaster: () => Promise<ReachedNode | undefined>;
}

/**
 * Runs `body` on the folder's cluster, even when its spec contradicts it, and ends all connections. Throws `usage`
 * without a cluster, or for an unknown node.
 */
export async function withLogs<T>(
  { folder, tools, progress, signal }: RunInput,
  node: string | undefined,
  body: (logs: LogsContext) => Promise<T>,
): Promise<T> {
  const looking = lookingTools(tools);
  const input = { folder, tools: looking, progress, signal };
  return withRun(input, { command: "logs", lock: false, allowBrokenFolder: true }, async ({ context }) => {
    const reached = new Map<string, Promise<ReachedNode>>();
    try {
      return await body(await logsContext(context, node, reached));
    } finally {
      const outcomes = await Promise.allSettled(reached.values());
      const hosts = outcomes.flatMap((one) => (one.status === "fulfilled" ? [one.value.host] : []));
      await Promise.allSettled(hosts.map((host) => host.close()));
    }
  });
}

/** Notes in `reached` what is connected to. */
async function logsContext(
  context: ClusterContext,
  node: string | undefined,
  reached: Map<string, Promise<ReachedNode>>,
): Promise<LogsContext> {
  const { topology } = context;
  const reach = nodeReacher(context);
  const reachOnce = (one: PlannedNode): Promise<ReachedNode> => {
    const known = reached.get(one.name) ?? reach(one);
    reached.set(one.name, known);
    return known;
  };
  return {
    context,
    secrets: await secretsOf(context),
    nodes: node === undefined ? topology.nodes : [nodeNamed(topology, node)],
    reach: reachOnce,
    reachMaster: () => firstReached(mastersToAsk(context), reachOnce),
  };
}

async function firstReached(
  nodes: readonly PlannedNode[],
  reach: LogsContext["reach"],
): Promise<ReachedNode | undefined> {
  for (const node of nodes) {
    const reached = await reach(node).catch(() => undefined);
    if (reached !== undefined) return reached;
  }
  return undefined;
}

/** All texts that are known to be secret in this folder. */
async function secretsOf({ paths, secrets, spec }: ClusterContext): Promise<readonly string[]> {
  const [http = "", https = ""] = await Promise.all([
    readIfExists(paths.proxies.http),
    readIfExists(paths.proxies.https),
  ]);
  const rendered = { ...spec.proxy, http: http.trim(), https: https.trim() };
  return [
    ...[secrets.token, secrets.caKey, await readIfExists(paths.sshKey)].filter((text) => text !== undefined),
    ...[...proxySecrets(spec), ...proxySecrets({ proxy: rendered }), ...secretsIn(specDocument(spec))],
    ...adminKeys((await readIfExists(paths.adminConfig)) ?? ""),
    ...(await servingKeys(paths)),
  ];
}

/** The keys of the nodes' kubelets. */
async function servingKeys({ servingPems }: ClusterPaths): Promise<readonly string[]> {
  const names = await readdir(servingPems).catch(() => []);
  const texts = await Promise.all(names.map((name) => readIfExists(join(servingPems, name))));
  return texts.flatMap((text = "") => /-----BEGIN EC PRIVATE KEY-----[^]+/.exec(text)?.[0] ?? []);
}

/** The keys in a kubeconfig, both in base64 and decoded. */
function adminKeys(adminConfig: string): readonly string[] {
  return [...adminConfig.matchAll(/client-key-data:\s*["']?([A-Za-z0-9+/=]{16,})/g)].flatMap(([, key = ""]) => [
    key,
    Buffer.from(key, "base64").toString("latin1"),
  ]);
}

/** "minion1: its machine is off (halted)", with the node's name once. */
export function nodeProblem(node: PlannedNode, error: unknown): string {
  return about(node.name, messageOf(error));
}
