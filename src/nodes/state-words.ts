import type { NodeFacts } from "../alpine/facts.js";

/** How far the set-up of a node has come, for people. */
export const STATE_WORDS: Readonly<Record<NodeFacts["state"], string>> = {
  clean: "not set up yet",
  started: "its set-up was cut off",
  finished: "set up for this cluster",
  foreign: "the machine belongs to another cluster",
};
