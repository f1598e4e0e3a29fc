import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "@oclif/core";
import { describe, expect, it } from "vitest";
import { exitCodeLines } from "../../src/cli/exit-codes.js";
import { WOULD_CHANGE } from "../../src/cli/plan-flags.js";
import { EXIT_CODES } from "../../src/base/errors.js";
import { allCommands } from "../cli/completion/commands.js";
import { ROOT } from "./run-command.js";

const commands = await allCommands();

/** Their output is a script, or another program's. */
const NO_DOCUMENT = ["completion", "kubectl", "ssh"];
/** Commands without --verbose: they only read the folder's files, or write one. */
const QUIET = ["completion", "config show", "config validate", "init", "timings", "versions"];

/** What users' scripts depend on: removing any of it breaks them. */
function surface(command: typeof Command): unknown {
  const flags = Object.entries(command.flags).map(([name, flag]) => {
    const { char, aliases, type, options, required, multiple, exclusive, dependsOn } = flag as typeof flag & {
      options?: readonly string[];
      multiple?: boolean;
    };
    const value = (flag as { default?: unknown }).default;
    return [
      name,
      {
        ...{ type, char, aliases, options, default: value, exclusive, dependsOn },
        ...(required === true ? { required } : {}),
        ...(multiple === true ? { multiple } : {}),
      },
    ];
  });
  const { aliases, strict, args } = command;
  return { aliases, strict, args: Object.keys(args), flags: Object.fromEntries(flags) as unknown };
}

describe("the public surface", () => {
  it("is the one that test/golden/commands.json records", async () => {
    const all = Object.fromEntries(commands.map(({ name, command }) => [name, surface(command)]));
    await expect(`${JSON.stringify(all, undefined, 2)}\n`).toMatchFileSnapshot("../golden/commands.json");
  });

  it.each(commands)("has $name with --dir, and with -o and --verbose where they mean something", (one) => {
    const { name, command } = one;
    const common = [
      "dir",
      ...(QUIET.includes(name) ? [] : ["verbose"]),
      ...(NO_DOCUMENT.includes(name) ? [] : ["output"]),
    ];
    expect(Object.keys(command.flags)).toEqual(expect.arrayContaining(common));
  });

  it("has the JSON document of every command that prints one in docs/json.md", () => {
    const text = readFileSync(join(ROOT, "docs/json.md"), "utf8");
    const sections = [...text.matchAll(/^## `([a-z -]*[a-z]) -o json`$/gm)].map(([, name]) => name ?? "");
    const printing = commands.filter(({ command }) =>
      (command.flags["output"] as Options | undefined)?.options?.includes("json"),
    );
    expect(sections.sort()).toEqual(printing.map(({ name }) => name).sort());
  });
});

interface Options {
  readonly options?: readonly string[];
}

/** The words of an example after the command, without redirections and without words for another program. */
function wordsOf(example: string, name: string): readonly string[] {
  const own = example.replace(/ -- .*$| [<>] .*$/, "");
  expect(own).toMatch(new RegExp(`^<%= config\\.bin %> ${name}( |$)`));
  return own
    .slice(`<%= config.bin %> ${name}`.length)
    .split(" ")
    .filter((word) => word !== "");
}

/** Whether a word is a known flag, and whether the next word is its value; undefined for other words. */
function flagOf(word: string, { flags }: typeof Command): { known: boolean; takesNext: boolean } | undefined {
  if (!word.startsWith("-")) return undefined;
  const spelled = word.replace(/=.*$/, "");
  const found = Object.entries(flags).find(
    ([name, { char }]) => spelled === `--${name}` || spelled === `-${char ?? ""}`,
  );
  return { known: found !== undefined, takesNext: found?.[1].type === "option" && !word.includes("=") };
}

describe("the help", () => {
  it.each(commands)("of $name has a summary, a description, examples that name it, and the exit codes", (one) => {
    const { summary, description, examples, flags, args } = one.command;
    expect(summary).toMatch(/^[A-Z].*\.$/);
    expect(description).toMatch(/\n\nExit codes:\n/);
    expect(description?.split("Exit codes:\n")[1]?.split("\n")).toEqual(exitCodeLines());
    const texts = (examples ?? []).map((example) => (typeof example === "string" ? example : example.command));
    expect(texts.length).toBeGreaterThan(1);
    const described = [...Object.entries(flags), ...Object.entries(args)];
    for (const [name, { description: text }] of described) expect(text, name).toMatch(/^[^\s].*[^.\s]$/);
  });

  it.each(commands)("of $name has examples with flags that exist, and no more arguments than it takes", (one) => {
    const { examples, args, strict } = one.command;
    const texts = (examples ?? []).map((example) => (typeof example === "string" ? example : example.command));
    for (const text of texts) {
      const words = [...wordsOf(text, one.name)];
      const positional: string[] = [];
      while (words.length > 0) {
        const word = words.shift() ?? "";
        const flag = flagOf(word, one.command);
        if (flag === undefined) positional.push(word);
        expect(flag?.known ?? true, `${word} in: ${text}`).toBe(true);
        if (flag?.takesNext === true) expect(words.shift(), `a value behind ${word} in: ${text}`).toBeDefined();
      }
      if (strict) expect(positional.length, text).toBeLessThanOrEqual(Object.keys(args).length);
    }
  });

  it("gives every exit code once, those of docs/exit-codes.md", () => {
    const codes = exitCodeLines().map((line) => Number(/^(\d+) {2}\S/.exec(line)?.[1]));
    const all = new Set([0, WOULD_CHANGE, ...Object.values(EXIT_CODES)]);
    expect(codes).toEqual([...all].sort((one, other) => one - other));
  });
});
