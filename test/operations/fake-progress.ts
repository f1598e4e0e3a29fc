import type { Progress } from "../../src/base/progress.js";
import type { FakeWorld } from "./fake-world.js";

/** Progress that a fake world notes: steps in its transcript, warnings, and what is waited for. */
export function worldProgress(world: FakeWorld): Progress {
  return {
    stepStarted: (title) => {
      world.step = title;
    },
    stepSkipped: (title, reason) => world.transcript.push(`${title}: nothing to do, ${reason}`),
    stepDone: () => undefined,
    stepFailed: (title) => world.transcript.push(`${title}: failed`),
    node: () => undefined,
    waiting: (reason) => {
      if (reason !== undefined) world.reasons.push(reason);
    },
    warn: (message) => world.warnings.push(message),
    info: () => undefined,
    detail: () => undefined,
  };
}
