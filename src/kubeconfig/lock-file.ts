import { AlpineK8sError, messageOf } from "../base/errors.js";
import { withFileLock } from "../base/file-lock.js";
import type { LockHolder } from "../base/lock-holder.js";
import type { Clock } from "../base/wait.js";

export interface LockOptions {
  readonly signal: AbortSignal;
  /** Milliseconds to wait for whoever holds the lock; default 30 000. */
  readonly atMost?: number;
  readonly clock?: Clock;
}

/**
 * Runs `work` while holding `FILE.lock`, the lock that kubectl itself takes when it writes a kubeconfig (a file created
 * exclusively), so that neither overwrites the other. Waits while another process holds it; takes over a lock of ours
 * if its process on this computer is gone. Throws `locked`, naming the holder, when the wait is over, and
 * `prerequisite` when the lock cannot be created.
 */
export async function withKubeconfigLock<T>(file: string, options: LockOptions, work: () => Promise<T>): Promise<T> {
  const lock = `${file}.lock`;
  const { signal, atMost = 30_000, clock } = options;
  return withFileLock(
    lock,
    {
      ...{ command: "alpine-k8s", atMost, signal, ...(clock === undefined ? {} : { clock }) },
      // An empty lock is kubectl's: nobody can tell whether it is still in use.
      takeUnreadable: false,
      held: (holder, waited) => heldBy(lock, holder, waited),
      failed: (error) => cannotTake(lock, error),
    },
    work,
  );
}

function cannotTake(lock: string, error: unknown): AlpineK8sError {
  return new AlpineK8sError("prerequisite", `cannot take the lock ${lock}: ${messageOf(error)}`, {
    hints: ["check that its folder can be written, or merge into another file: KUBECONFIG=FILE"],
    cause: error,
  });
}

function heldBy(lock: string, holder: LockHolder | undefined, waited: number): AlpineK8sError {
  const who = holder === undefined ? "another program (kubectl?)" : `process ${holder.pid} on ${holder.host}`;
  return new AlpineK8sError("locked", `${lock} is held by ${who} for more than ${Math.round(waited / 1000)} s`, {
    hints: [`if nothing is writing the file any more: rm ${lock}`],
  });
}
