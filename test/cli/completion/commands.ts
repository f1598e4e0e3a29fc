import { readdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Command } from "@oclif/core";
import type { KnownCommand } from "../../../src/cli/completion/model.js";

const FOLDER = join(import.meta.dirname, "../../../src/commands");

/** All commands by the words that are typed: `token show`. */
export async function allCommands(): Promise<readonly { name: string; command: typeof Command }[]> {
  const files = readdirSync(FOLDER, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
  return Promise.all(
    files.sort().map(async (file) => {
      const module = (await import(pathToFileURL(join(FOLDER, file)).href)) as { default: typeof Command };
      return { name: file.replace(/\.ts$/, "").replaceAll(/[/\\]/g, " "), command: module.default };
    }),
  );
}

/** The commands as oclif describes them to programs. */
export async function knownCommands(): Promise<readonly KnownCommand[]> {
  const named = <T extends object>(table: Readonly<Record<string, T>>): Record<string, T & { name: string }> =>
    Object.fromEntries(Object.entries(table).map(([name, one]) => [name, { ...one, name }]));
  return (await allCommands()).map(({ name, command }) => ({
    ...{ id: name.replaceAll(" ", ":"), summary: command.summary, hidden: command.hidden },
    flags: named(command.flags),
    args: named(command.args),
  }));
}
