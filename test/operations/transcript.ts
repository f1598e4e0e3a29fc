import type { FakeWorld } from "./fake-world.js";

/** What was done since the last call, separately for each node, so that the order between nodes does not matter. */
export function transcriptOf(world: FakeWorld): string {
  const lines = world.transcript.splice(0);
  const steps = lines.filter((line) => / \/ (vagrant|api) |: (nothing to do|failed)/.test(line));
  const own = lines.flatMap((line) => / \/ (\S+?)\$? (.*)$/.exec(line)?.slice(1).join(" ") ?? []);
  const further = ["master2", "master3"].filter((name) => own.some((line) => line.startsWith(`${name} `)));
  const nodes = ["master1", ...further, "minion1", "minion2", "minion3"].map((name) => {
    return `${name}:\n${own
      .filter((line) => line.startsWith(`${name} `))
      .map((line) => `  ${line.slice(name.length + 1)}\n`)
      .join("")}`;
  });
  return `${steps.join("\n")}\n\n${nodes.join("")}`;
}
