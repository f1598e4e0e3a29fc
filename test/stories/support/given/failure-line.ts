import { stripVTControlCharacters } from "node:util";

/** A failure as vitest reports it. */
export interface Failure {
  readonly message: string;
  readonly diff?: string | undefined;
  readonly actual?: unknown;
}

/**
 * The most useful line of a failure: the error of our command, if the assertion has the end of its output, otherwise
 * the assertion itself.
 */
export function failureLine({ message, diff, actual }: Failure): string {
  const texts = [message, diff ?? "", typeof actual === "string" ? actual : ""].map(stripVTControlCharacters);
  const said = texts
    .flatMap((text) => text.split("\n"))
    .map((line) => /(?:^|\s|")(Error: .+)$/.exec(line)?.[1])
    .find((line) => line !== undefined);
  const first = (texts[0] ?? "").split("\n").find((line) => line.trim() !== "");
  return (said ?? first ?? "it says nothing").trim().slice(0, 500);
}
