import { rmdir } from "node:fs/promises";
import { dirname } from "node:path";
import { AlpineK8sError, messageOf } from "../base/errors.js";
import { forgetChildren, livingChildren } from "../base/child-notes.js";
import { lockOf, withFileLock } from "../base/file-lock.js";
import { makePrivateFolder } from "../base/files.js";
import { holderWords, type LockHolder } from "../base/lock-holder.js";
import { clusterPaths } from "../base/paths.js";
import { quoteSh } from "../base/quote.js";
import { systemClock } from "../base/wait.js";
import { sweepLeftovers } from "./leftovers.js";

/** Whether a run holds the lock of a cluster folder. */
export interface LockState {
  readonly state: "none" | "held" | "stale";
  /** Who holds or held it; empty with `none`. */
  readonly holder: string;
}

/**
 * Runs `work` while holding the folder's lock, so that two runs never change one cluster at a time. A lock left by a
 * process of this computer that is gone is taken over, and what it left half written is swept away. The state folder
 * is its owner's alone from then on. A program that a run which was killed has left at work is waited for where
 * `waiting` tells so. Throws `locked` (exit 3) with the holder otherwise, or with that program.
 */
export async function withLock<T>(
  path: string,
  command: string,
  work: () => Promise<T>,
  waiting?: Waiting,
): Promise<T> {
  const paths = clusterPaths(dirname(dirname(path)));
  await makePrivateFolder(paths.state);
  try {
    return await withFileLock(
      path,
      {
        ...{ command, atMost: 0, takeUnreadable: true },
        held: (holder) => heldBy(path, holder),
        failed: (error) => cannotTake(path, error),
      },
      async () => {
        if (waiting !== undefined) await awaitLivingChildren(paths.children, waiting);
        await refuseLivingChildren(paths.children);
        await sweepLeftovers(paths);
        return work();
      },
    );
  } finally {
    // A run that made nothing leaves no folder either.
    await rmdir(dirname(path)).catch(() => undefined);
  }
}

/** Who holds the lock of a folder, and whether that run is gone; changes nothing. */
export async function lockState(path: string): Promise<LockState> {
  const found = await lockOf(path);
  const [child] = await livingChildren(clusterPaths(dirname(dirname(path))).children);
  if (child !== undefined && found?.isGone !== false) return { state: "held", holder: holderWords(child) };
  if (found === undefined) return { state: "none", holder: "" };
  if (found.holder === undefined) return { state: "stale", holder: "unreadable" };
  return { state: found.isGone ? "stale" : "held", holder: holderWords(found.holder) };
}

/** How a run waits for what a killed one left. */
export interface Waiting {
  readonly signal: AbortSignal;
  /** Called once with a sentence that names the program and how to end it. */
  readonly tell: (words: string) => void;
}

/** Milliseconds: a box takes minutes from a slow network, machines to boot, too. */
const PATIENCE = 15 * 60_000;

async function awaitLivingChildren(folder: string, { signal, tell }: Waiting): Promise<void> {
  const [child] = await livingChildren(folder);
  if (child === undefined) return;
  tell(`waiting for ${holderWords(child)}: a run that was killed left it at work; to end it: ${endOf(child)}`);
  const until = performance.now() + PATIENCE;
  while (performance.now() < until && (await livingChildren(folder)).length > 0) {
    await systemClock.sleep(POLL, signal);
  }
}

/** Milliseconds between two looks at a program. */
const POLL = 250;

/** It began as the first of its group, and ends cleanly at the signal of Ctrl-C. */
function endOf({ pid }: LockHolder): string {
  return `kill -INT -- -${pid}`;
}

/** What a killed run began and goes on without it: a second one beside it could break both. */
async function refuseLivingChildren(folder: string): Promise<void> {
  const [child] = await livingChildren(folder);
  if (child === undefined) return forgetChildren(folder);
  throw new AlpineK8sError("locked", `a run that was killed left a program at work: ${holderWords(child)}`, {
    hints: [
      `wait for it: while kill -0 ${child.pid} 2>/dev/null; do sleep 1; done`,
      `or end it, which it does cleanly: ${endOf(child)}`,
      `if you are sure that it is gone: rm -r ${quoteSh(folder)}`,
    ],
  });
}

function heldBy(path: string, holder: LockHolder | undefined): AlpineK8sError {
  const who = holder === undefined ? "its lock cannot be read" : holderWords(holder);
  return new AlpineK8sError("locked", `another run works on this cluster: ${who}`, {
    hints: [`wait for it to end; if you are sure that it is gone: rm ${path}`],
  });
}

function cannotTake(path: string, error: unknown): AlpineK8sError {
  return new AlpineK8sError("prerequisite", `cannot take the lock ${path}: ${messageOf(error)}`, {
    hints: ["check that the cluster folder can be written"],
    cause: error,
  });
}
