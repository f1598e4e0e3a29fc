import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { quoteSh, shellWord } from "../../src/base/quote.js";
import { assignments } from "../../src/remote/assignments.js";
import { anyText } from "./any-text.js";
import { allRight, casesOf } from "./cases.js";
import { printedBy } from "./programs.js";

const SHELLS = ["busybox ash", "dash", "bash"];

/** Prints how many words came, and the words, each with a NUL byte behind it. */
const TELL = 'tell() { printf \'%s\\0\' "$#" "$@"; }\n';

const folder = mkdtempSync(join(tmpdir(), "shell-words-"));
afterAll(() => rmSync(folder, { recursive: true }));
const cases = casesOf((dice) => ({ text: anyText(dice), other: anyText(dice, 3) }));

function script(): string {
  const lines = cases.map(({ value: { text, other } }) => {
    const variables = assignments({ A: text, B_1: other });
    return `tell ${quoteSh(text)} ${shellWord(other)}; ${variables}; tell "$A" "$B_1"`;
  });
  const file = join(folder, "words.sh");
  writeFileSync(file, `${TELL}${lines.join("\n")}\n`);
  return file;
}

describe("any text", () => {
  it.each(SHELLS)("is one word in %s, typed and assigned", async (shell) => {
    const [program = "", ...args] = shell.split(" ");
    const words = (await printedBy(program, [...args, script()], "")).toString("utf8").split("\0");
    expect(words.pop()).toBe("");
    await allRight(cases, ({ text, other }, index) => {
      const got = words.slice(6 * index, 6 * index + 6);
      const wanted = ["2", text, other, "2", text, other];
      return wanted.every((word, at) => word === got[at]) ? undefined : `the shell read ${JSON.stringify(got)}`;
    });
  });
});
