import { existsSync, readFileSync } from "node:fs";
import { isatty } from "node:tty";

/** Variables that make oclif print more, in another width, or with styles. */
const CHANGE_OCLIF = ["DEBUG", "OCLIF_COLUMNS", "FORCE_COLOR"];
const WSL = ["/proc/sys/fs/binfmt_misc/WSLInterop", "/run/WSL"];

/**
 * Prints what oclif would for `--version`, help and `completion SHELL`, from texts that the build took from oclif,
 * because loading oclif takes twice as long as starting Node. False when nothing was printed and oclif must answer: for
 * any other command line, for help on a terminal, where width and styles matter, and wherever oclif might print
 * anything else.
 */
export function answer(words: readonly string[]): boolean {
  const name = textFor(words);
  if (name === undefined || CHANGE_OCLIF.some((variable) => process.env[variable] !== undefined)) return false;
  if (name.startsWith("help") && isatty(1)) return false;
  const text = read(name);
  const system = text?.includes("@SYSTEM@") === true ? thisSystem() : "";
  if (text === undefined || system === undefined) return false;
  // console.log, as in oclif, does not fail when the reader has closed the pipe.
  console.log(text.replaceAll("@SYSTEM@", system).replace(/\n$/, ""));
  return true;
}

/** Name of the file with the text; undefined for a command line that oclif must handle. */
function textFor(words: readonly string[]): string | undefined {
  const [first, second = ""] = words;
  if (words.length === 1 && first === "--version") return "version";
  if (words.length === 2 && first === "completion" && second !== "--help") return nameOf("completion", [second]);
  if (words.length === 0) return "help";
  return words.at(-1) === "--help" ? nameOf("help", words.slice(0, -1)) : undefined;
}

function nameOf(kind: string, words: readonly string[]): string | undefined {
  return words.every((word) => /^[a-z][a-z-]*$/.test(word)) ? [kind, ...words].join(".") : undefined;
}

function read(name: string): string | undefined {
  try {
    return readFileSync(new URL(`../../start-up/${name}`, import.meta.url), "utf8");
  } catch {
    // No such command, or not built: oclif answers.
    return undefined;
  }
}

/** System and Node as oclif prints them; undefined under WSL, which oclif detects in more detail. */
function thisSystem(): string | undefined {
  const { platform, arch, version } = process;
  if (platform === "linux" && (WSL.some((path) => existsSync(path)) || linuxOf().includes("microsoft")))
    return undefined;
  return `${platform}-${arch} node-${version}`;
}

function linuxOf(): string {
  try {
    return readFileSync("/proc/version", "utf8").toLowerCase();
  } catch {
    return "";
  }
}
