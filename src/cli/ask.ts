import { createInterface } from "node:readline/promises";
import { AlpineK8sError } from "../base/errors.js";
import { printable } from "../base/printable.js";

/**
 * Asks a yes-or-no question on the terminal. The answer is no at the end of the input (Ctrl-D). Throws `declined` without
 * a terminal, with the command that asks nothing, and `interrupted` for Ctrl-C: readline reads it, so the process gets no
 * SIGINT.
 */
export async function ask(question: string, withoutAsking: string): Promise<boolean> {
  if (!process.stdin.isTTY) {
    throw new AlpineK8sError(
      "declined",
      `nothing was changed: nobody can answer "${printable(question)}", as standard input is no terminal`,
      { hints: [withoutAsking] },
    );
  }
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  const stop = new AbortController();
  prompt.once("SIGINT", () => stop.abort());
  try {
    const answer = await prompt.question(`${printable(question)} [y/N] `, { signal: stop.signal });
    return /^y(es)?$/i.test(answer.trim());
  } catch (error) {
    if (!(error instanceof Error) || error.name !== "AbortError") throw error;
    process.stderr.write("\n");
    if (!stop.signal.aborted) return false;
    throw new AlpineK8sError("interrupted", "interrupted at the question; nothing was changed");
  } finally {
    prompt.close();
  }
}
