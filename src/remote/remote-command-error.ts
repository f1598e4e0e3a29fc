import { AlpineK8sError } from "../base/errors.js";
import { lastLines } from "../base/output.js";
import type { RemoteResult } from "./remote-host.js";

const LINES_IN_MESSAGE = 5;

export interface RemoteFailure extends RemoteResult {
  readonly node: string;
  /** Name of the command. */
  readonly command: string;
  readonly logFile?: string;
}

/**
 * A command on a node ended with an exit code other than 0. The message has the last lines of stderr, or of stdout when
 * stderr is empty; the fields have all of it. Secrets of the command are already replaced.
 */
export class RemoteCommandError extends AlpineK8sError {
  readonly command: string;
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;

  constructor(failure: RemoteFailure) {
    super("node", messageFor(failure), {
      node: failure.node,
      ...(failure.logFile === undefined ? {} : { logFile: failure.logFile }),
    });
    this.name = "RemoteCommandError";
    this.command = failure.command;
    this.exitCode = failure.exitCode;
    this.stdout = failure.stdout;
    this.stderr = failure.stderr;
  }
}

function messageFor(failure: RemoteFailure): string {
  const lines = lastLines(failure.stderr.trim() === "" ? failure.stdout : failure.stderr, LINES_IN_MESSAGE);
  const head = `${failure.node}: "${failure.command}" ended with exit code ${failure.exitCode}`;
  return lines.length === 0 ? `${head} and said nothing` : [`${head}:`, ...lines.map((line) => `  ${line}`)].join("\n");
}
