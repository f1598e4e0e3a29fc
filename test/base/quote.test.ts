import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { quoteSh, shellWord } from "../../src/base/quote.js";

const SHELLS = [["dash"], ["bash"], ["busybox", "ash"]] as const;
const TEXTS = [
  "",
  "plain-1.2_3/x",
  "it's",
  "''",
  "$HOME `id` $(id) \\",
  'a"b',
  "new\nline",
  "-n",
  "ü…",
  "*",
  "~",
  "a'\n'b",
  "b\\s",
];

describe.each([
  ["quoteSh", quoteSh],
  ["shellWord", shellWord],
])("%s", (_, quote) => {
  it.each(TEXTS)("keeps %j one word in every shell", (text) => {
    for (const [program, ...args] of SHELLS) {
      const script = `set -- ${quote(text)}; printf '%s|' "$#" "$1"`;
      expect(execFileSync(program, [...args, "-c", script], { encoding: "utf8" })).toBe(`1|${text}|`);
    }
  });

  it("refuses what no word can hold", () => {
    expect(() => quote("a\0")).toThrow("a value for the shell must not contain a NUL byte");
  });
});

it("words that hold nothing special stay as people type them", () => {
  expect(shellWord("--dir=a/b-1.2")).toBe("--dir=a/b-1.2");
  expect(shellWord("it's")).toBe("'it'\\''s'");
});
