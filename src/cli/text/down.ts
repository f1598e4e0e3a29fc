import type { DownSummary } from "../../operations/down.js";

/** What `down` did, as people read it. */
export function downText({ cluster, halted, off, left, next }: DownSummary): string {
  const what = halted.length === 0 ? "nothing was running" : `halted ${halted.join(", ")}`;
  return [
    `Cluster ${cluster} is down: ${what}.`,
    ...(off.length === 0 ? [] : [`Off already: ${off.join(", ")}.`]),
    ...left.map(({ name, state, reason }) => `${name} (${state}): ${reason}.`),
    ...next.map((command) => `Next: ${command}`),
  ].join("\n");
}
