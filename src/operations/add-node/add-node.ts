import { basename, join } from "node:path";
import { AlpineK8sError } from "../../base/errors.js";
import { chooseNodes, type AddNodeChoice, type AddNodeRequest } from "./choice.js";
import type { AddedNode, AddNodeContext } from "./context.js";
import type { ClusterContext } from "../../engine/context.js";
import { type NewFile } from "../../engine/read-cluster.js";
import type { Plan } from "../../engine/item.js";
import { sharedAddress } from "../../model/topology/api-endpoint.js";
import { parseSpec } from "../../model/spec/parse-spec.js";
import { result } from "../../engine/result.js";
import { planSteps, runSteps, type Step, type StepTiming } from "../../engine/step.js";
import { planningTools } from "../../nodes/planning-tools.js";
import { refuseFailed } from "../../nodes/seen-nodes.js";
import { askCluster } from "./steps/ask-cluster.js";
import { checkReach } from "./steps/check-reach.js";
import { joinNew } from "./steps/join-new.js";
import { makeToken, revokeLeftToken, revokeToken } from "./steps/join-token.js";
import { seenPending } from "./steps/seen-pending.js";
import { startNew } from "./steps/start-new.js";
import { addressOfMasters, addressOfMinions } from "./steps/share-address.js";
import { hasMaster, noteMembers, tellOthers, waitUntilMember } from "./steps/wait-until-member.js";
import { writeSpec } from "./steps/write-spec.js";
import { checkPrerequisites } from "../up/steps/check-prerequisites.js";
import { renderFiles } from "../up/steps/render-files.js";
import { writeIdentity } from "../up/steps/write-identity.js";
import { shortestPath } from "../up/summary.js";
import { warn } from "../../engine/warn.js";
import type { RunInput } from "../../engine/run-input.js";
import { withRun, type Run } from "../../engine/with-run.js";

export interface AddNodeInput extends RunInput {
  readonly wish: AddNodeRequest;
}

/** What `add-node` did; the shape of its `-o json`, documented in docs/json.md. */
export interface AddNodeSummary {
  readonly cluster: string;
  readonly kubernetesVersion: string;
  readonly provider: string;
  readonly nodes: readonly {
    readonly name: string;
    readonly role: string;
    readonly address: string;
    /** `added`; `continued`, when the spec had it already; `present`, when it was a Ready member. */
    readonly outcome: "added" | "continued" | "present";
  }[];
  readonly spec: string;
  readonly specChanged: boolean;
  readonly steps: readonly StepTiming[];
  readonly milliseconds: number;
  readonly notices: readonly string[];
  readonly warnings: readonly string[];
  readonly next: readonly string[];
}

/**
 * The steps of `add-node` in order. They touch only the new nodes, except that a new master is made known to the
 * others, and that all may get one address by it.
 */
export function addNodeSteps(
  newFiles: readonly NewFile[],
  withMaster = false,
  withAddress = false,
): readonly Step<AddNodeContext>[] {
  const address = withMaster ? addressOfMasters() : [addressOfMinions()];
  return [
    checkPrerequisites(newFiles),
    askCluster,
    writeSpec,
    writeIdentity(newFiles),
    renderFiles,
    startNew,
    checkReach,
    makeToken,
    joinNew,
    revokeToken,
    waitUntilMember,
    ...(withMaster ? [tellOthers] : []),
    ...(withAddress ? address : []),
    ...(withMaster || withAddress ? [noteMembers] : []),
  ];
}

/**
 * Adds nodes to a running cluster and to its spec. Can be run again after any failure: a node that is in the spec but not
 * in the cluster is continued. Members of the cluster are not touched, except that they are told of new masters.
 */
export async function addNode(input: AddNodeInput): Promise<AddNodeSummary> {
  const started = performance.now();
  return withRun(input, { command: "add-node", lock: true, keepsFailures: true }, (run) =>
    withChoice(input.wish, run, async (context, steps) => {
      try {
        const timings = await runSteps(steps, context);
        return summarise(context, timings, Math.round(performance.now() - started));
      } finally {
        await revokeLeftToken(context);
      }
    }),
  );
}

/** What {@link addNode} would do now. Reads nodes and the API and changes nothing; refuses what that refuses. */
export async function planAddNode(input: AddNodeInput): Promise<Plan> {
  const planning = { ...input, tools: planningTools(input.tools, { bringsUp: false }) };
  return withRun(planning, { command: "add-node", lock: false, isDryRun: true }, (run) =>
    withChoice(planning.wish, run, async (context, steps) => {
      const planned = await planSteps(steps, context);
      // One that fails does not keep a run from adding the others.
      await refuseFailed(await seenPending(context));
      return { command: "add-node", cluster: context.identity.name, steps: planned };
    }),
  );
}

/** Chooses the nodes, and goes on with the spec as it will be, in which they are. */
async function withChoice<T>(
  wish: AddNodeRequest,
  run: Run,
  body: (context: AddNodeContext, steps: readonly Step<AddNodeContext>[]) => Promise<T>,
): Promise<T> {
  const { paths, identity } = run.context;
  const { name: folderName, kubernetesVersion } = identity;
  const file = { text: run.specText, source: basename(paths.spec), folderName, kubernetesVersion };
  const choice = await chooseNodes(run.context, file, wish);
  const spec = parseSpec({ ...file, text: choice.after, overrides: {} });
  return run.withSpec(spec, (cluster) => {
    const context = addNodeContext(cluster, choice, run);
    tellChoice(context);
    return body(context, addNodeSteps(run.newFiles, hasMaster(context), sharedAddress(cluster.topology) !== undefined));
  });
}

function addNodeContext(context: ClusterContext, choice: AddNodeChoice, run: Run): AddNodeContext {
  const added = choice.names.map((name): AddedNode => {
    const node = context.topology.nodes.find((one) => one.name === name);
    if (node === undefined) throw new AlpineK8sError("bug", `${name} is not in the spec that was written for it`);
    return { node, before: result(), session: result(), failure: result() };
  });
  return { ...context, choice, added, token: result<string | undefined>(), withSpec: run.withSpec };
}

/** Says at once when the run does something other than what the command asked for. */
function tellChoice({ choice, progress, report }: AddNodeContext): void {
  const { continued, waiting } = choice;
  if (continued.length > 0) progress.info(`${continued.join(", ")}: in the spec already, continued`);
  if (waiting.length === 0) return;
  const text = `${waiting.join(", ")}: in the spec, not in the cluster, left for the next add-node or up`;
  warn({ progress, report }, text);
}

function summarise(context: AddNodeContext, steps: readonly StepTiming[], milliseconds: number): AddNodeSummary {
  const { identity, choice, added, paths, folder } = context;
  const outcomeOf = (name: string, before: string | undefined): "added" | "continued" | "present" =>
    before === "ready" ? "present" : choice.continued.includes(name) ? "continued" : "added";
  const config = shortestPath(join(folder, "admin.config"), process.cwd());
  return {
    cluster: identity.name,
    kubernetesVersion: identity.kubernetesVersion,
    provider: identity.provider,
    nodes: added.map(({ node, before }) => ({
      ...{ name: node.fqdn, role: node.role, address: node.address },
      outcome: outcomeOf(node.name, before.value),
    })),
    spec: paths.spec,
    specChanged: choice.after !== choice.before,
    steps,
    milliseconds,
    notices: [...new Set(added.flatMap(({ session }) => session.value?.facts.notices ?? []))],
    warnings: context.report.warnings,
    next: [`kubectl --kubeconfig=${config} get nodes`, "alpine-k8s status"],
  };
}
