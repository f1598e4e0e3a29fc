import { AlpineK8sError } from "../base/errors.js";

/** Names the log of the run, or of the node that failed, in an error; wrong usage has none. */
export function withLogFile(error: unknown, folder: string): unknown {
  if (!(error instanceof AlpineK8sError) || error.kind === "usage") return error;
  const file = error.node === undefined ? folder : `${folder}/${error.node}.log`;
  return new AlpineK8sError(error.kind, error.message, {
    hints: error.hints,
    logFile: file,
    cause: error.cause,
    ...(error.node === undefined ? {} : { node: error.node }),
  });
}
