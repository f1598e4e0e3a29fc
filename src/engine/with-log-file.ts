import { AlpineK8sError } from "../base/errors.js";

/** Adds to an error the path of the log: of the node that failed, else of the run. Wrong usage has none. */
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
