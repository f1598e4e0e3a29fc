import { setTimeout as sleep } from "node:timers/promises";
import { AlpineK8sError } from "./errors.js";

/** Time as the code sees it; tests bring their own, so they never wait. */
export interface Clock {
  /** Milliseconds since some fixed moment, never going back. */
  now(): number;
  /** Resolves after `milliseconds`, rejects at once when the signal aborts. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  sleep: async (milliseconds, signal) => {
    await sleep(milliseconds, undefined, signal ? { signal } : {});
  },
};

export interface Waiting {
  /** What is waited for, as in "waiting for WHAT". */
  readonly what: string;
  /** Milliseconds between two checks. */
  readonly every: number;
  /** Milliseconds after which the wait fails. */
  readonly atMost: number;
  readonly signal?: AbortSignal;
  readonly clock?: Clock;
  readonly hints?: readonly string[];
  /** Returns nothing when satisfied, a sentence when not yet, and throws to give up at once. */
  readonly check: () => Promise<string | undefined>;
  /** Called each time the reason changes. */
  readonly onReason?: (reason: string) => void;
}

/**
 * Waits until `check` is satisfied. Past the limit it throws a `timeout` error that names what was waited for, for how
 * long, and the last reason.
 */
export async function until(waiting: Waiting): Promise<void> {
  const clock = waiting.clock ?? systemClock;
  const started = clock.now();
  let last: string | undefined;
  for (;;) {
    waiting.signal?.throwIfAborted();
    const reason = await waiting.check();
    if (reason === undefined) return;
    if (reason !== last) waiting.onReason?.(reason);
    last = reason;
    if (clock.now() - started + waiting.every > waiting.atMost) {
      const seconds = Math.round((clock.now() - started) / 1000);
      throw new AlpineK8sError("timeout", `gave up after ${seconds} s waiting for ${waiting.what}: ${reason}`, {
        hints: waiting.hints ?? [],
      });
    }
    await clock.sleep(waiting.every, waiting.signal);
  }
}
