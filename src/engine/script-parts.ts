import type { RunLog } from "./run-log.js";
import { beginPart, runningStep } from "./timeline.js";

/** How our scripts, and kubeadm behind the name of its phase, say that they wait. */
const WAITING = /^(?:\[[\w-]+\] )?waiting for (.+)$/i;
/** Where what is waited for ends, and how long and why begins. */
const WHAT = /^(.*?)(?:, at most|\. |: | \(|\.$|$)/;
/** How kubeadm tells an image that it pulls. */
const PULLING = /^pulling: (\S+)$/;
/** kubeadm goes on to wait for what it says to check. */
const CHECKING = /^\[[\w-]+\] Checking /;

/** Notes the work of a script on a node, and apart from it what its lines say that it waits for. */
export function scriptParts(
  log: RunLog,
  node: string,
  part: string,
): { readonly said: (words: string) => void; readonly end: (failed?: boolean) => void } {
  // Lines come by the connection, which another step may have opened.
  const step = runningStep();
  const begin = (waitsFor: string | null, image?: string): ((failed?: boolean) => void) =>
    beginPart(log, { node, part, waitsFor, ...(image === undefined ? {} : { image }) }, step);
  let waitsFor: string | null = null;
  let end = begin(null);
  return {
    said: (words) => {
      if (CHECKING.test(words)) return;
      const [, image] = PULLING.exec(words) ?? [];
      const awaited = image === undefined ? waitIn(words) : `image ${image}`;
      if (awaited === waitsFor) return;
      end();
      waitsFor = awaited;
      end = begin(awaited, image);
    },
    end: (failed) => end(failed),
  };
}

function waitIn(words: string): string | null {
  const [, rest] = WAITING.exec(words) ?? [];
  return rest === undefined ? null : (WHAT.exec(rest)?.[1] ?? rest);
}
