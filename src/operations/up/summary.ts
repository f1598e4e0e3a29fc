import { join, relative } from "node:path";
import { apiMaster } from "../../control-plane/masters.js";
import type { ClusterContext } from "../../engine/context.js";
import type { StepTiming } from "../../engine/step.js";
import { ignoredPreflightErrors } from "../../model/kubeadm/node-allowances.js";
import { longestParts, type LongPart } from "../timings/longest-parts.js";
import { assembleRun } from "../timings/recorded-run.js";

/** What `up` did and what to type next; the shape of `up -o json`, documented in docs/json.md. */
export interface UpSummary {
  readonly cluster: string;
  readonly kubernetesVersion: string;
  readonly provider: string;
  readonly nodes: readonly { readonly name: string; readonly role: string; readonly address: string }[];
  readonly steps: readonly StepTiming[];
  readonly milliseconds: number;
  readonly longest: readonly LongPart[];
  readonly adminConfig: string;
  readonly ignoredPreflightErrors: readonly string[];
  readonly notices: readonly string[];
  readonly warnings: readonly string[];
  readonly next: readonly string[];
}

export async function summarise(
  context: ClusterContext,
  steps: readonly StepTiming[],
  milliseconds: number,
): Promise<UpSummary> {
  const { identity, topology, spec } = context;
  const sessions = await Promise.all(topology.nodes.map((node) => context.fleet.session(node)));
  return {
    cluster: identity.name,
    kubernetesVersion: identity.kubernetesVersion,
    provider: identity.provider,
    nodes: topology.nodes.map(({ fqdn, role, address }) => ({ name: fqdn, role, address })),
    steps,
    milliseconds,
    longest: longestParts(assembleRun(context.log.recorded, { lastSign: Date.now(), problems: [] })),
    adminConfig: join(context.folder, "admin.config"),
    ignoredPreflightErrors: ignoredPreflightErrors(spec),
    notices: [...new Set(sessions.flatMap((session) => session.facts.notices))],
    warnings: context.report.warnings,
    next: nextCommands(context),
  };
}

function nextCommands(context: ClusterContext): string[] {
  const config = shortestPath(join(context.folder, "admin.config"), process.cwd());
  const first = apiMaster(context);
  return [
    `alpine-k8s kubectl-config`,
    `kubectl --kubeconfig=${config} get nodes`,
    `alpine-k8s status`,
    `alpine-k8s ssh ${first.name}`,
  ];
}

/** The path in its shorter form as seen from the folder `from`: relative or absolute. */
export function shortestPath(path: string, from: string): string {
  const fromHere = relative(from, path);
  return fromHere.length < path.length ? fromHere : path;
}
