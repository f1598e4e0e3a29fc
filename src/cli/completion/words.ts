import { AlpineK8sError } from "../../base/errors.js";
import type { CompletionCommand, Kind } from "./model.js";

/** Returns a word that needs no quoting in a completion script; throws `bug` for any other. */
export function plain(word: string): string {
  if (/^[A-Za-z0-9_.-]+$/.test(word)) return word;
  throw new AlpineK8sError("bug", `the word ${JSON.stringify(word)} cannot be completed`);
}

/** `folder`, `file`, `nodes`, `runs`, `text`, or the words to choose from: how the scripts for bash and zsh tell kinds apart. */
export function kindText(kind: Kind): string {
  return typeof kind === "string" ? kind : `words ${kind.map(plain).join(" ")}`;
}

/** Branches of a `case` over command and flag, one for each kind of value: `'up --dir' | 'up -o') takes='…' ;;`. */
export function flagCases(commands: readonly CompletionCommand[]): readonly string[] {
  const byKind = new Map<string, string[]>();
  for (const { words, flags } of commands) {
    for (const { names, takes } of flags) {
      if (takes === undefined) continue;
      const patterns = names.map((name) => `'${words} ${plain(name)}'`);
      byKind.set(kindText(takes), [...(byKind.get(kindText(takes)) ?? []), ...patterns]);
    }
  }
  return [...byKind].map(([kind, patterns]) => `    ${patterns.join(" | ")}) takes='${kind}' ;;`);
}
