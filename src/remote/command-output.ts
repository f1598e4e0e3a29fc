import { AlpineK8sError } from "../base/errors.js";
import { lastLines, Output } from "../base/output.js";
import type { RemoteCommand } from "./remote-host.js";

/** Bytes of one stream that are kept in memory. */
const OUTPUT_LIMIT = 64 * 1024 * 1024;

/** Lines of one stream; each costs far more than its bytes. */
const LINE_LIMIT = 300_000;

/** What a command prints. */
export interface Outputs {
  readonly stdout: Output;
  readonly stderr: Output;
}

/** Ends the last lines. */
export function finish(streams: Outputs): void {
  streams.stdout.finish();
  streams.stderr.finish();
}

/** Where a command's output goes: the node's log and the caller, line by line, without its secrets. */
export function outputsOf(
  { log }: { readonly log: (line: string) => void },
  command: RemoteCommand,
  redact: (text: string) => string,
): Outputs {
  const make = (stream: "stdout" | "stderr"): Output => {
    const endless = stream === "stdout" && command.streamOutput === true;
    return new Output((line) => {
      if (stream === "stdout" && command.secretOutput === true) return;
      const shown = redact(line);
      if (!endless) log(`${stream === "stdout" ? "out" : "err"}: ${shown}`);
      command.onLine?.(shown, stream);
    }, !endless);
  };
  return { stdout: make("stdout"), stderr: make("stderr") };
}

/** What takes the output of a stream; more than its limit ends the command. */
export function limitedFeed(
  connection: { readonly name: string },
  command: RemoteCommand,
  streams: Outputs,
  stop: AbortController,
) {
  let isFull = false;
  const refuse = (stream: string, most: string): void => {
    isFull = true;
    stop.abort(tooMuch(connection, command.name, stream, most));
  };
  return (stream: keyof Outputs) =>
    (chunk: Buffer): void => {
      if (isFull) return;
      const endless = stream === "stdout" && command.streamOutput === true;
      if (!endless && streams[stream].bytes + chunk.length > OUTPUT_LIMIT)
        return refuse(stream, `${OUTPUT_LIMIT / 1024 / 1024} MiB`);
      addOrStop(streams[stream], chunk, stop);
      if (!endless && streams[stream].lines > LINE_LIMIT) refuse(stream, `${LINE_LIMIT} lines`);
    };
}

// When the caller's onLine throws, this command fails; thrown in an event handler the error would end the program.
function addOrStop(output: Output, chunk: Buffer, stop: AbortController): void {
  try {
    output.add(chunk);
  } catch (error) {
    stop.abort(error);
  }
}

function tooMuch({ name }: { readonly name: string }, what: string, stream: string, most: string): AlpineK8sError {
  return new AlpineK8sError("node", `${name}: "${what}" printed more than ${most} on ${stream}`, { node: name });
}

/** The last line that it printed, for a message; nothing when it printed none. */
export function lastWords(streams: Outputs, redact: (text: string) => string): string {
  const text = streams.stderr.bytes > 0 ? streams.stderr.text() : streams.stdout.text();
  const [line] = lastLines(redact(text), 1);
  return line === undefined ? "" : `; it last said: ${line}`;
}
