import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { AlpineK8sError } from "../../base/errors.js";
import { exists, readIfExists } from "../../base/files.js";
import { clusterPaths } from "../../base/paths.js";
import { lastLinesOf } from "../logs/run-logs.js";
import { lineTime } from "../logs/since.js";
import { parseRun } from "./recorded-run.js";
import type { RecordedRun } from "./run-time.js";

const FILES = ["steps.jsonl", "timeline.jsonl"] as const;
/** Runs that an error names. */
const MOST_NAMED = 3;
/** Bytes at the end of a log in which its last line is looked for. */
const END = 4096;

/** A run that was found. */
export interface FoundRun {
  readonly name: string;
  readonly run: RecordedRun;
}

/**
 * Reads the time of a run of the folder: of this name below `logs/`, or the last one that has recorded its steps. Changes
 * and asks nothing. Throws `usage`, with the nearest names, when there is none; `prerequisite` for a file that cannot be
 * read whole.
 */
export async function readRun(folder: string, name: string | undefined): Promise<FoundRun> {
  const { logs } = clusterPaths(folder);
  const all = await recordedRuns(logs);
  const wanted = name ?? all.at(-1);
  if (wanted === undefined) {
    throw new AlpineK8sError("usage", `no run has recorded its time in ${folder}`, { hints: ["alpine-k8s up"] });
  }
  if (!all.includes(wanted)) throw await unknownRun(logs, wanted, all);
  const [steps = "", timeline = ""] = await Promise.all(FILES.map((file) => readIfExists(join(logs, wanted, file))));
  return { name: wanted, run: parseRun({ steps, timeline }, await lastSign(logs, wanted)) };
}

/** The form of a run's name: the shell that completes it could run other characters as code. */
const RUN_NAME = /^[0-9A-Za-z][0-9A-Za-z-]*$/;

/** Names of the folder's runs that have recorded their steps, the newest first; only such as need no quoting. */
export async function runNames(folder: string): Promise<readonly string[]> {
  const all = await recordedRuns(clusterPaths(folder).logs);
  return all.filter((name) => RUN_NAME.test(name)).reverse();
}

/** Names of the runs that have recorded their steps, the oldest first. */
async function recordedRuns(logs: string): Promise<readonly string[]> {
  const names = (await readdir(logs).catch(() => [])).sort();
  const found = await Promise.all(
    names.map(async (name) => {
      const has = await Promise.all(FILES.map((file) => exists(join(logs, name, file))));
      return has.includes(true);
    }),
  );
  return names.filter((_, index) => found[index]);
}

async function unknownRun(logs: string, name: string, all: readonly string[]): Promise<AlpineK8sError> {
  const shown = name.slice(0, 100);
  const isThere = (await readdir(logs).catch((): string[] => [])).includes(name);
  const message = isThere ? `run ${shown} has recorded no steps` : `there is no run ${shown}`;
  const near = nearestRuns(name, all);
  return new AlpineK8sError("usage", near.length === 0 ? message : `${message}; the nearest: ${near.join(", ")}`, {
    hints: near.slice(0, 1).map((one) => `alpine-k8s timings ${one}`),
  });
}

/** Names have times and so differ from their beginning on: those that contain the word, else those that begin most alike. */
function nearestRuns(name: string, all: readonly string[]): readonly string[] {
  const newest = [...all].reverse();
  const holding = newest.filter((one) => name !== "" && one.includes(name));
  if (holding.length > 0) return holding.slice(0, MOST_NAMED);
  return newest.sort((one, other) => alike(other, name) - alike(one, name)).slice(0, MOST_NAMED);
}

function alike(one: string, other: string): number {
  const differs = [...one].findIndex((character, index) => character !== other[index]);
  return differs === -1 ? one.length : differs;
}

/** The time of the last line in the run's logs: a run that was killed was at work until then. */
async function lastSign(logs: string, name: string): Promise<number> {
  const files = (await readdir(join(logs, name))).filter((file) => file.endsWith(".log"));
  const times = await Promise.all(
    files.map(async (file) => {
      const [last = ""] = await lastLinesOf(join(logs, name, file), 1, END).catch(() => []);
      return lineTime(last) ?? 0;
    }),
  );
  return Math.max(0, ...times);
}
