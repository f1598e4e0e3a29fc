import type { FakeWorld } from "./fake-world.js";

/** What was done since the last call, nodes apart, so that the order between nodes does not matter. */
export function transcriptOf(world: FakeWorld): string {
  const lines = world.transcript.splice(0);
  const steps = lines.filter((line) => / \/ (vagrant|api) |: (nothing to do|failed)/.test(line));
  const nodes = ["master1", "minion1", "minion2", "minion3"].map((name) => {
    const own = lines.flatMap((line) => / \/ (\S+?)\$? (.*)$/.exec(line)?.slice(1).join(" ") ?? []);
    return `${name}:\n${own
      .filter((line) => line.startsWith(`${name} `))
      .map((line) => `  ${line.slice(name.length + 1)}\n`)
      .join("")}`;
  });
  return `${steps.join("\n")}\n\n${nodes.join("")}`;
}
