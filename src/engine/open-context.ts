import { readFile } from "node:fs/promises";
import { caFingerprint } from "../pki/ca.js";
import { readIfExists } from "../base/files.js";
import { once } from "../base/once.js";
import type { Progress } from "../base/progress.js";
import type { ClusterSpec } from "../model/spec/cluster-spec.js";
import type { SpecOverrides } from "../model/spec/parse-spec.js";
import { buildTopology } from "../model/topology/build-topology.js";
import { compareWithIdentity } from "../model/topology/compare-identity.js";
import { renderClusterFiles } from "../templates/cluster-files.js";
import { readStamp } from "../templates/stamp.js";
import { apiAccess } from "./api-access.js";
import type { ClusterContext } from "./context.js";
import type { Tools } from "./tools.js";
import type { NodeScripts } from "./node-session.js";
import { planCluster, readSpecCatalogue, type NewFile, type Plan } from "./read-cluster.js";
import type { RunLog } from "./run-log.js";
import { runReport } from "./run-report.js";

export interface OpenInput {
  readonly folder: string;
  readonly overrides: SpecOverrides;
  readonly tools: Tools;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  readonly log: RunLog;
  readonly allowBrokenFolder?: boolean;
  /** Makes no key, and uses the node scripts as they would be rendered. */
  readonly isDryRun?: boolean;
}

/** The cluster of a folder as it was read, once. */
interface OpenedCluster {
  readonly context: ClusterContext;
  /** Files that a new cluster needs and does not have yet. */
  readonly newFiles: readonly NewFile[];
  /** The spec's file as it was read; nothing where there is none. */
  readonly specText: string | undefined;
  /**
   * The same cluster as this spec has it, with connections of its own and the same report. Reads nothing. Throws
   * `conflict` when the spec contradicts the cluster.
   */
  readonly contextWith: (spec: ClusterSpec) => Promise<ClusterContext>;
}

/** Plans the cluster of a folder and makes the context that its operations share. Writes nothing. */
export async function openContext(input: OpenInput): Promise<OpenedCluster> {
  const pinned = new Set<string>();
  const plan = await planCluster({
    folder: input.folder,
    overrides: input.overrides,
    allowBrokenFolder: input.allowBrokenFolder ?? false,
    isDryRun: input.isDryRun ?? false,
    discoverDefaults: (spec, proxyCa) => discoverUnsaid(input, { spec, proxyCa }, pinned),
  });
  const catalogue = once(() => readSpecCatalogue(input, plan.spec));
  const shared = { pinned, report: runReport(), catalogue };
  const context = await contextOf(input, plan, shared);
  const contextWith = async (spec: ClusterSpec): Promise<ClusterContext> => {
    compareWithIdentity(spec, plan.identity);
    const topology = buildTopology(spec, plan.identity);
    return contextOf(input, { ...plan, spec, topology }, shared);
  };
  return { context, newFiles: plan.newFiles, specText: plan.specText, contextWith };
}

/** Asks Vagrant or the hosts for what neither the spec nor the folder gives. */
async function discoverUnsaid(
  input: OpenInput,
  { spec, proxyCa }: { readonly spec: ClusterSpec; readonly proxyCa: string | undefined },
  pinned: Set<string>,
): ReturnType<Tools["discoverDefaults"]> {
  const report = pinReporter(input.progress);
  return input.tools.discoverDefaults({
    folder: input.folder,
    ...{ spec, proxyCa },
    signal: input.signal,
    onPinned: (name, fingerprint) => {
      pinned.add(name);
      report(name, fingerprint);
    },
  });
}

/** Makes a function that reports a host key which was accepted for the first time. */
export function pinReporter(progress: Progress): (name: string, fingerprint: string) => void {
  return (name, fingerprint) => progress.info(`${name}: host key ${fingerprint} pinned`);
}

async function contextOf(
  input: OpenInput,
  plan: Plan,
  shared: Pick<ClusterContext, "pinned" | "report" | "catalogue">,
): Promise<ClusterContext> {
  const { tools, progress, signal, log } = input;
  const { paths, spec, identity, topology, secrets, proxyCa } = plan;
  const machines = await tools.machines({
    ...{ paths, spec, identity, sshPublicKey: plan.sshPublicKey },
    log: (line) => log.write("vagrant", line),
  });
  const isUnrendered = input.isDryRun === true || input.allowBrokenFolder === true;
  const scripts = once(() => (isUnrendered ? scriptsToBe(plan) : readScripts(plan)));
  const fleet = await tools.fleet({
    ...{ paths, spec, topology, proxyCa, connect: tools.connect, machines, scripts, progress, log, signal },
    caFingerprint: fingerprintOf(plan),
  });
  return {
    ...{ folder: input.folder, paths, spec, tools, progress, signal, log, identity, topology, secrets, proxyCa },
    ...{ machines, fleet, scripts },
    ...{ api: apiAccess(), ...shared },
  };
}

/** A CA that is not made yet is nobody's: a node that has one belongs to another cluster. */
function fingerprintOf({ secrets, newFiles, paths }: Plan): string {
  if (secrets.caCertificate !== "") return caFingerprint(secrets.caCertificate);
  return newFiles.some(({ path }) => path === paths.caCertificate) ? "0".repeat(64) : "";
}

/** The scripts of a folder that need not have them: as they would be rendered; edited ones are used as they are. */
async function scriptsToBe({ paths, topology, spec }: Plan): Promise<NodeScripts> {
  const rendered = renderClusterFiles({ topology, spec, orphans: [] });
  const script = async (name: keyof NodeScripts): Promise<string> => {
    const existing = await readIfExists(paths.scripts[name]);
    return existing !== undefined && readStamp(existing).state === "edited" ? existing : rendered[`${name}.sh`];
  };
  const [shared, master, minion] = await Promise.all([script("shared"), script("master"), script("minion")]);
  return { shared, master, minion };
}

async function readScripts({ paths }: Plan): Promise<NodeScripts> {
  const [shared, master, minion] = await Promise.all([
    readFile(paths.scripts.shared, "utf8"),
    readFile(paths.scripts.master, "utf8"),
    readFile(paths.scripts.minion, "utf8"),
  ]);
  return { shared, master, minion };
}
