import { CHECKS } from "./catalogue.js";
import { notSeen, REPAIR } from "./node-findings.js";
import { type Finding, type Looked, runChecks } from "./run-checks.js";
import { EXIT_CODES, messageOf } from "../../base/errors.js";
import { clusterPaths } from "../../base/paths.js";
import { lookAtNodes, repairNodes } from "./doctor-nodes.js";
import { doctorSubject } from "./doctor-subject.js";
import { withLock } from "../../engine/lock.js";
import type { RunInput } from "../../engine/run-input.js";

export interface DoctorInput extends RunInput {
  /** Repair what is ours and safe. */
  readonly fix: boolean;
}

/** The shape of `doctor -o json`, documented in docs/json.md. */
export interface DoctorReport {
  /** Null while there is no cluster in the folder. */
  readonly cluster: string | null;
  /** Whether no check that has the weight of an error failed. */
  readonly healthy: boolean;
  readonly errors: number;
  readonly warnings: number;
  readonly passed: number;
  readonly skipped: number;
  readonly fixed: number;
  readonly checks: readonly Finding[];
}

interface Examined {
  readonly cluster: string | null;
  readonly looked: readonly Looked[];
  readonly nodes: readonly Finding[];
}

/**
 * Checks this computer, the folder and the nodes; without `fix` it changes nothing anywhere. With it, what is ours and
 * safe is repaired under the folder's lock, and everything is checked once more. Works without a cluster and without
 * Vagrant. Throws `locked` when another run works on a cluster that is to be repaired.
 */
export async function doctor(input: DoctorInput): Promise<DoctorReport> {
  const first = await examine(input);
  if (!input.fix || !isRepairable(first)) return reportOf(first, new Map());
  const done = await repair(input, first);
  return reportOf(await examine(input), done);
}

async function examine(input: DoctorInput): Promise<Examined> {
  const subject = await doctorSubject(input.folder, input.tools);
  // Planning a new cluster would ask Vagrant or the hosts.
  const isNew = subject.identity === undefined && subject.identityProblem === undefined;
  const nodes = isNew ? [notSeen("the nodes", "there is no cluster in this folder yet")] : lookAtNodes(input);
  const [looked, seen] = await Promise.all([runChecks(CHECKS, subject), nodes]);
  return { cluster: subject.identity?.name ?? null, looked, nodes: seen };
}

function isRepairable({ looked, nodes }: Examined): boolean {
  return looked.some(({ fix }) => fix !== undefined) || nodes.some(needsRepair);
}

function needsRepair({ state, command }: Finding): boolean {
  return state === "failed" && command === REPAIR;
}

/** Returns what was done, by `<where> <id>`. */
async function repair(input: DoctorInput, { looked, nodes }: Examined): Promise<ReadonlyMap<string, string>> {
  return withLock(clusterPaths(input.folder).lock, "alpine-k8s doctor --fix", async () => {
    const done = new Map<string, string>();
    for (const { finding, fix } of looked) {
      try {
        if (fix) done.set(`${finding.on} ${finding.id}`, await fix.run());
      } catch (error) {
        input.progress.warn(`${finding.id}: ${messageOf(error)}`);
      }
    }
    const onNodes = nodes.some(needsRepair) ? await repairNodes(input) : new Map<string, string>();
    return new Map([...done, ...onNodes]);
  });
}

function reportOf({ cluster, looked, nodes }: Examined, done: ReadonlyMap<string, string>): DoctorReport {
  const checks = [...looked.map(({ finding }) => finding), ...nodes].map((finding) => ({
    ...finding,
    fixed: done.get(`${finding.on} ${finding.id}`) ?? null,
  }));
  const count = (fits: (finding: Finding) => boolean): number => checks.filter(fits).length;
  const errors = count(({ state, weight }) => state === "failed" && weight === "error");
  return {
    cluster,
    healthy: errors === 0,
    errors,
    warnings: count(({ state, weight }) => state === "failed" && weight === "warning"),
    passed: count(({ state }) => state === "ok"),
    skipped: count(({ state }) => state === "skipped"),
    fixed: count(({ fixed }) => fixed !== null),
    checks,
  };
}

/**
 * 0 without an error; 3 when all errors are on this computer (something is missing here); 4 when one is in the folder
 * or on a node.
 */
export function doctorExitCode({ healthy, checks }: DoctorReport): number {
  if (healthy) return 0;
  const errors = checks.filter(({ state, weight }) => state === "failed" && weight === "error");
  return errors.every(({ on }) => on === "this computer") ? EXIT_CODES.prerequisite : EXIT_CODES.unhealthy;
}
