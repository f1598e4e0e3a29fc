import { resolve } from "node:path";
import { shellWord } from "../base/quote.js";

/**
 * The line to print after suggested commands when `--dir` names another folder than the current one: without `--dir`
 * they would act on another cluster, or create one. Empty when they need no `--dir`.
 */
export function dirHint(argv: readonly string[], lines: readonly string[], cwd = process.cwd()): readonly string[] {
  const dir = dirIn(argv);
  if (dir === undefined || resolve(cwd, dir) === cwd) return [];
  const commands = lines.filter((line) => /\balpine-k8s [a-z]/.test(line) && !/--(dir|help)\b/.test(line));
  return commands.length === 0 ? [] : [`each alpine-k8s command with: --dir ${shellWord(dir)}`];
}

/** The value of the last `--dir` on the command line: the last one wins. */
function dirIn(argv: readonly string[]): string | undefined {
  const end = argv.indexOf("--");
  const words = end === -1 ? argv : argv.slice(0, end);
  const given = words.flatMap((word, index) => {
    if (word.startsWith("--dir=")) return [word.slice("--dir=".length)];
    return word === "--dir" ? words.slice(index + 1, index + 2) : [];
  });
  return given.at(-1);
}
