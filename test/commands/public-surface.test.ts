import { readdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Command } from "@oclif/core";
import { describe, expect, it } from "vitest";
import { exitCodeLines } from "../../src/cli/exit-codes.js";
import { EXIT_CODES } from "../../src/errors.js";
import { ROOT } from "./run-command.js";

const folder = join(ROOT, "src/commands");
// A folder is a topic: certs/status.ts is the command `certs status`.
const names = readdirSync(folder, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts"))
  .sort()
  .map((file) => file.replace(/\.ts$/, ""));
const commands = await Promise.all(
  names.map(async (name) => {
    const module = (await import(pathToFileURL(join(folder, `${name}.ts`)).href)) as { default: typeof Command };
    return { name: name.replaceAll("/", " "), command: module.default };
  }),
);

/** What scripts of users depend on: taking any of it away breaks them. */
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

  it("has every command with --dir and --verbose, and -o unless the output is another program's", () => {
    const others = ["kubectl", "ssh"];
    for (const { name, command } of commands) {
      const common = ["dir", "verbose", ...(others.includes(name) ? [] : ["output"])];
      expect(Object.keys(command.flags), name).toEqual(expect.arrayContaining(common));
    }
  });
});

describe("the help", () => {
  it.each(commands)("of $name has a summary, a description, examples that name it, and the exit codes", (one) => {
    const { summary, description, examples, flags } = one.command;
    expect(summary).toMatch(/^[A-Z].*\.$/);
    expect(description).toMatch(/\n\nExit codes:\n/);
    expect(description?.split("Exit codes:\n")[1]?.split("\n")).toEqual(exitCodeLines());
    const texts = (examples ?? []).map((example) => (typeof example === "string" ? example : example.command));
    expect(texts.length).toBeGreaterThan(1);
    for (const text of texts) expect(text).toMatch(new RegExp(`^<%= config\\.bin %> ${one.name}( |$)`));
    for (const [name, flag] of Object.entries(flags)) expect(flag.description, name).toMatch(/^[^\s].*[^.\s]$/);
  });

  it("gives every exit code once, those of docs/exit-codes.md", () => {
    const codes = exitCodeLines().map((line) => Number(/^(\d+) {2}\S/.exec(line)?.[1]));
    expect(codes).toEqual([...new Set([0, ...Object.values(EXIT_CODES)])].sort((one, other) => one - other));
  });
});
