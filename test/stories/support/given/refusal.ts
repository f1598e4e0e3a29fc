import { AlpineK8sError, asKnown, type ErrorKind } from "../../../../src/base/errors.js";

/** An error like the tool's own: what is wrong, and what to type next. */
export function refusal(kind: ErrorKind, message: string, ...hints: readonly string[]): AlpineK8sError {
  return new AlpineK8sError(kind, message, { hints });
}

/** Text and exit code for an error that ends `npm run stories` before any story. */
export function refusalText(error: unknown): { readonly text: string; readonly exitCode: number } {
  const known = asKnown(error);
  if (known === undefined) {
    const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { text: `Error: ${what}\n`, exitCode: 1 };
  }
  const hints = known.hints.map((hint) => `Try this: ${hint}\n`).join("");
  return { text: `Error: ${known.message}\n${hints}`, exitCode: known.oclif.exit };
}
