import { WOULD_CHANGE } from "./plan-flags.js";
import { EXIT_CODES, type ErrorKind } from "../base/errors.js";

const MEANINGS: Readonly<Record<ErrorKind, string>> = {
  bug: "a bug",
  usage: "wrong usage or spec",
  conflict: "a conflict with the living cluster",
  prerequisite: "something is missing on this computer",
  locked: "another run works on this cluster",
  node: "a node failed",
  unhealthy: "the cluster is not healthy",
  timeout: "not ready in time",
  declined: "you said no, or nobody could be asked",
  interrupted: "interrupted; the same command continues",
};

/** The exit codes for the help, one line each. */
export function exitCodeLines(): readonly string[] {
  const meanings = new Map<number, string[]>([[0, ["done"]]]);
  for (const [kind, code] of Object.entries(EXIT_CODES) as [ErrorKind, number][]) {
    meanings.set(code, [...(meanings.get(code) ?? []), MEANINGS[kind]]);
  }
  meanings.set(WOULD_CHANGE, ["with --dry-run --exit-code: something would be changed"]);
  const sorted = [...meanings].sort(([one], [other]) => one - other);
  return sorted.map(([code, texts]) => `${code}  ${texts.join("; or ")}`);
}

/** A command's description with the exit codes below it. */
export function withExitCodes(description: string): string {
  return [description, "", "Exit codes:", ...exitCodeLines()].join("\n");
}
