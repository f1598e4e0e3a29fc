import { rmdir } from "node:fs/promises";
import { dirname } from "node:path";
import { AlpineK8sError, messageOf } from "../base/errors.js";
import { lockOf, withFileLock } from "../base/file-lock.js";
import { makePrivateFolder } from "../base/files.js";
import type { LockHolder } from "../base/lock-holder.js";
import { clusterPaths } from "../base/paths.js";
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
 * is its owner's alone from then on. Throws `locked` (exit 3) with the holder otherwise.
 */
export async function withLock<T>(path: string, command: string, work: () => Promise<T>): Promise<T> {
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
  if (found === undefined) return { state: "none", holder: "" };
  if (found.holder === undefined) return { state: "stale", holder: "unreadable" };
  return { state: found.isGone ? "stale" : "held", holder: words(found.holder) };
}

function words({ command, pid, host, since }: LockHolder): string {
  return `${command}, process ${pid} on ${host}, since ${since}`;
}

function heldBy(path: string, holder: LockHolder | undefined): AlpineK8sError {
  const who = holder === undefined ? "its lock cannot be read" : words(holder);
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
