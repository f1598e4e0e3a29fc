import { AlpineK8sError } from "../base/errors.js";
import type { RemoteCommand, RemoteHost, RemoteResult } from "../remote/remote-host.js";
import { parseFacts, type NodeFacts } from "./facts.js";
import { parseScriptResult, scriptFailure, type ScriptResult } from "./script-result.js";
import type { RightTime, Variables } from "./variables.js";

const MINUTE = 60_000;

/**
 * Milliseconds for a script that runs kubeadm. The limit only ends a script that hangs: it is longer than all waits in
 * it together (10 minutes for the control plane, 5 for the API, 5 for the manifest), and leaves time for images from a
 * slow network.
 */
export const KUBEADM_LIMIT = 40 * MINUTE;

/** A node's facts and how far its clock is from ours. */
export interface Observation {
  readonly facts: NodeFacts;
  /** Seconds by which the node's clock is certainly ahead of ours; 0 when it may be right. */
  readonly clockOffset: number;
  readonly clockReference: RightTime;
}

/** Runs `shared.sh` in check mode: one round trip, changes nothing on the node. */
export async function observeNode(
  host: RemoteHost,
  sharedScript: string,
  variables: Variables,
  signal?: AbortSignal,
): Promise<Observation> {
  const asked = Date.now() / 1000;
  let arrived = asked;
  const result = await host.run({
    name: "facts",
    script: sharedScript,
    variables: { ...variables, AK8S_MODE: "check", AK8S_CLOCK_EPOCH: "" },
    readOnly: true,
    timeout: 2 * MINUTE,
    // The script goes on after it has printed the time, so the arrival of that line counts.
    onLine: (line) => {
      if (line.startsWith("fact clock ")) arrived = Date.now() / 1000;
    },
    ...(signal ? { signal } : {}),
  });
  try {
    const facts = parseFacts(result.stdout);
    return {
      facts,
      clockOffset: facts.clock === undefined ? 0 : certainOffset(facts.clock, asked, arrived),
      clockReference: clockReference(facts.uptime, arrived),
    };
  } catch (error) {
    throw new AlpineK8sError("node", `${host.name}: cannot read its facts: ${(error as Error).message}`, {
      node: host.name,
      hints: ["alpine-k8s render --force  (when shared.sh was edited by hand)"],
      cause: error,
    });
  }
}

/**
 * The node read its clock between our request and its answer, and reported whole seconds (BusyBox's date). Only a
 * difference beyond this uncertainty is an offset.
 */
function certainOffset(clock: number, asked: number, arrived: number): number {
  const least = clock - arrived;
  const most = clock + 1 - asked;
  if (least > 0) return least;
  return most < 0 ? most : 0;
}

/** Rounded up to a full second, because the node calculates in whole seconds. */
function clockReference(uptime: number | undefined, arrived: number): RightTime {
  const epoch = Math.ceil(arrived);
  return { epoch, uptime: uptime === undefined ? undefined : uptime + epoch - arrived };
}

export interface ScriptRun {
  readonly name:
    "shared.sh" | "master.sh" | "minion.sh" | "reset.sh" | "certs.sh" | "serving.sh" | "virtual-address.sh";
  readonly script: string;
  readonly variables: Variables;
  readonly secrets?: readonly string[];
  /** Milliseconds; default 10 minutes. */
  readonly timeout?: number;
  readonly signal?: AbortSignal;
  readonly onLine?: (line: string) => void;
}

/**
 * Runs one of the node scripts and returns its result line. Throws an error that says what the exit code means, with
 * the script's own reasons.
 */
export async function runNodeScript(host: RemoteHost, run: ScriptRun): Promise<ScriptResult> {
  const result = await resultOf(host, {
    name: run.name,
    script: run.script,
    variables: run.variables,
    secrets: run.secrets ?? [],
    timeout: run.timeout ?? 10 * MINUTE,
    ...(run.signal ? { signal: run.signal } : {}),
    ...(run.onLine ? { onLine: run.onLine } : {}),
  });
  if (result.exitCode !== 0) throw scriptFailure(host.name, run.name, result);
  const parsed = parseScriptResult(result.stdout);
  if (parsed) return parsed;
  throw new AlpineK8sError("node", `${host.name}: ${run.name} ended without a result line`, {
    node: host.name,
    hints: [`alpine-k8s render --force  (when ${run.name} was edited by hand)`],
  });
}

/** The command's result, whatever its exit code. */
async function resultOf(host: RemoteHost, command: RemoteCommand): Promise<RemoteResult> {
  try {
    return await host.run(command);
  } catch (error) {
    if (isResult(error)) return error;
    throw error;
  }
}

function isResult(error: unknown): error is RemoteResult {
  return error instanceof Error && typeof (error as Partial<RemoteResult>).exitCode === "number" && "stdout" in error;
}
