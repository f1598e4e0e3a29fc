import { setTimeout as sleep } from "node:timers/promises";
import { forgetChildren, livingChildren } from "../base/child-notes.js";
import { AlpineK8sError, messageOf } from "../base/errors.js";
import { withFileLock } from "../base/file-lock.js";
import { holderWords, thisHolder, type LockHolder } from "../base/lock-holder.js";
import { quoteSh } from "../base/quote.js";
import type { BoxPaths } from "./box-paths.js";

/**
 * Runs `work` while holding the lock of all boxes of this user: builds share images, and Vagrant's list. A machine that a
 * killed build has left is ended first: what it was at is begun anew. Throws `locked`.
 */
export async function withBoxLock<T>(
  { lock: path, children }: BoxPaths,
  { command, signal }: { readonly command: string; readonly signal: AbortSignal },
  work: () => Promise<T>,
): Promise<T> {
  return withFileLock(
    path,
    {
      ...{ command: `alpine-k8s ${command}`, atMost: 0, takeUnreadable: true, signal },
      held: (holder) =>
        new AlpineK8sError(
          "locked",
          `another run works on boxes: ${holder === undefined ? "it does not say which" : holderWords(holder)}`,
          {
            hints: ["wait until it has ended"],
          },
        ),
      failed: (error) =>
        new AlpineK8sError("prerequisite", `the lock ${path} cannot be made: ${messageOf(error)}`, {
          hints: [`look at it: ls -ld ${quoteSh(path)}`],
        }),
    },
    async () => {
      await endLeftMachines(children);
      return work();
    },
  );
}

async function endLeftMachines(children: string): Promise<void> {
  const here = await thisHolder("");
  // The folder may lie on a network file system: the numbers of another computer's processes are not ours.
  const ours = async (): Promise<readonly LockHolder[]> =>
    (await livingChildren(children)).filter(({ host, place }) => host === here.host && place === here.place);
  for (let left = await ours(); left.length > 0; left = await ours()) {
    for (const { pid } of left) process.kill(pid, "SIGKILL");
    await sleep(100);
  }
  if ((await livingChildren(children)).length === 0) await forgetChildren(children);
}
