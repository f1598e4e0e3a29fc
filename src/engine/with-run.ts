import { AlpineK8sError } from "../base/errors.js";
import { exists } from "../base/files.js";
import { clusterPaths } from "../base/paths.js";
import type { ClusterSpec } from "../model/spec/cluster-spec.js";
import type { SpecOverrides } from "../model/spec/parse-spec.js";
import type { ClusterContext } from "./context.js";
import { withLock } from "./lock.js";
import { openContext } from "./open-context.js";
import type { NewFile } from "./read-cluster.js";
import type { RunInput } from "./run-input.js";
import { openRunLog, unwrittenLog } from "./run-log.js";
import { withLogFile } from "./with-log-file.js";

/** What a command asks of the engine. */
export interface RunOptions {
  /** The command's words after `alpine-k8s`: they name it in the lock and in the run's log. */
  readonly command: string;
  /** What the command works on, such as a node: shown to a run that finds the lock held. */
  readonly subject?: string;
  /** Holds the folder's lock from before the spec is read until everything is closed. */
  readonly lock: boolean;
  /** Works without a cluster in the folder, too; otherwise that is a `usage` error before anything is written. */
  readonly mayBeNew?: boolean;
  /** Works with a spec that contradicts the cluster, and without its CA. */
  readonly allowBrokenFolder?: boolean;
  /** Only plans: takes no lock, makes no key, writes nothing. Its tools change nothing either; see `planningTools`. */
  readonly isDryRun?: boolean;
  /** Keeps the log of a run that failed before it changed anything. */
  readonly keepsFailures?: boolean;
}

/** A run that is under way. */
export interface Run {
  readonly context: ClusterContext;
  /** Files that a new cluster needs and does not have yet. */
  readonly newFiles: readonly NewFile[];
  /** The spec's file as this run has read it; nothing where there is none. */
  readonly specText: string | undefined;
  /**
   * Runs `body` on the same cluster as this spec has it, with connections of its own, which are closed at the end.
   * Throws `conflict` when the spec contradicts the cluster.
   */
  readonly withSpec: <T>(spec: ClusterSpec, body: (context: ClusterContext) => Promise<T>) => Promise<T>;
}

/**
 * Runs `body` on the cluster of a folder: takes the lock, reads spec and identity, opens the context, and always closes
 * all of it. An error names the run's log once something was changed.
 */
export async function withRun<T>(
  input: RunInput & { readonly overrides?: SpecOverrides },
  options: RunOptions,
  body: (run: Run) => Promise<T>,
): Promise<T> {
  const { folder, tools, progress, signal, overrides = {} } = input;
  const paths = clusterPaths(folder);
  if (options.mayBeNew !== true && !(await exists(paths.identity))) throw noCluster(folder);
  const { isDryRun = false } = options;
  const log = isDryRun ? unwrittenLog(paths.logs) : openRunLog(paths.logs, options.command.replaceAll(" ", "-"));
  const run = async (): Promise<T> => {
    let outcome: "done" | "failed" = "failed";
    log.writeEvent({ kind: "run", command: options.command });
    const { allowBrokenFolder = false } = options;
    const opened = await openContext({ folder, tools, progress, signal, overrides, log, allowBrokenFolder, isDryRun });
    const { context, newFiles, specText, contextWith } = opened;
    try {
      const done = await body({
        ...{ context, newFiles, specText },
        withSpec: async (spec, work) => withContext(await contextWith(spec), work),
      });
      outcome = "done";
      return done;
    } catch (error) {
      if (options.keepsFailures === true) log.persistFailure();
      throw log.isPersisted() ? withLogFile(error, log.folder) : error;
    } finally {
      await close(context);
      log.writeEvent({ kind: "run-ended", outcome });
    }
  };
  const words = ["alpine-k8s", options.command, ...(options.subject === undefined ? [] : [options.subject])];
  const waiting = { signal, tell: (text: string) => progress.info(text) };
  return options.lock && !isDryRun ? withLock(paths.lock, words.join(" "), run, waiting) : run();
}

async function withContext<T>(context: ClusterContext, work: (context: ClusterContext) => Promise<T>): Promise<T> {
  try {
    return await work(context);
  } finally {
    await close(context);
  }
}

async function close(context: ClusterContext): Promise<void> {
  await context.api.close();
  await context.fleet.close();
}

/** The error for a folder without a cluster. */
function noCluster(folder: string): AlpineK8sError {
  return new AlpineK8sError("usage", `there is no cluster in ${folder}`, { hints: ["alpine-k8s up"] });
}
