import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** What oclif needs to know of this package. */
interface LoadOptions {
  readonly root: string;
  readonly pjson?: object;
}

/**
 * How oclif is to be loaded for a command line. Without more it imports all commands to know their flags. For words that
 * begin with the name of one it gets a package.json that has this one alone. Help, names that are not quite those of a
 * command, and whatever else is about all commands gets them all.
 */
export function loadOptions(words: readonly string[]): LoadOptions {
  const root = fileURLToPath(new URL("../../..", import.meta.url));
  const file = words.includes("--help") ? undefined : fileOfCommand(words);
  if (file === undefined) return { root };
  const { oclif, ...rest } = JSON.parse(readFileSync(new URL("../../../package.json", import.meta.url), "utf8")) as {
    readonly oclif: { readonly commands: string };
  };
  const commands = { strategy: "pattern", target: oclif.commands, globPatterns: [file] };
  return { root, pjson: { ...rest, oclif: { ...oclif, commands } } };
}

/** The command's file in the folder of all commands: `addons/list.js`. */
function fileOfCommand(words: readonly string[]): string | undefined {
  const files = [words.slice(0, 1), words.slice(0, 2)]
    .filter((name) => name.every((word) => /^[a-z][a-z-]*$/.test(word)))
    .map((name) => `${name.join("/")}.js`);
  return files.find((file) => existsSync(new URL(`../../commands/${file}`, import.meta.url)));
}
