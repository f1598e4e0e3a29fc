import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const COMMON = readFileSync(join(import.meta.dirname, "../../templates/node/parts/common.sh"), "utf8");

/** The text of a function of the node scripts. */
function functionNamed(name: string): string {
  const found = new RegExp(`^${name}\\(\\) \\{\\n[^]*?^\\}\\n`, "m").exec(COMMON)?.[0];
  if (found === undefined) throw new Error(`no function ${name}`);
  return found;
}

/** How often `pause` sleeps a fifth of a second after this look; `set -eu` as in the scripts. */
function sleepsAfter(look: string): number {
  const lines = [
    "set -eu",
    functionNamed("timed"),
    functionNamed("pause"),
    "sleeps=0",
    "blink() { sleeps=$((sleeps + 1)); }",
    `timed ${look} || :`,
    "pause",
    'echo "$sleeps"',
  ];
  return Number(execFileSync("busybox", ["ash", "-c", lines.join("\n")], { encoding: "utf8" }));
}

describe("between two looks of a node script", () => {
  it("is a fifth of a second after a quick one", () => {
    expect(sleepsAfter("true")).toBe(1);
    expect(sleepsAfter("false")).toBe(1);
  });

  it("is twice as long as a slow one took", () => {
    // 0.8 s: six fifths follow the first, and one more for each tenth that the computer was late.
    expect(sleepsAfter("sleep 0.8")).toBeGreaterThanOrEqual(6);
  });

  it("keeps what the look answered", () => {
    const lines = ["set -eu", functionNamed("timed"), "timed sh -c 'exit 7' || echo $?"];
    expect(execFileSync("busybox", ["ash", "-c", lines.join("\n")], { encoding: "utf8" })).toBe("7\n");
  });
});
