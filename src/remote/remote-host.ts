import type { Duplex } from "node:stream";

/** A command for a node: POSIX sh text run with root's rights. The command line on the wire is constant. */
export interface RemoteCommand {
  /** Short name for logs, messages and transcripts, such as `facts` or `shared.sh`. */
  readonly name: string;
  /** POSIX sh for BusyBox ash. */
  readonly script: string;
  /** Assigned before the script runs; values are quoted by the transport, never by the caller. */
  readonly variables?: Readonly<Record<string, string>>;
  /**
   * Bytes for the script's standard input. Without it the script reads from /dev/null and standard input is the
   * watchdog's: when it closes, the script's whole process group is ended.
   */
  readonly input?: string | Uint8Array;
  /** Texts that must not reach a log or a message. They do reach the node. */
  readonly secrets?: readonly string[];
  /** True when the command changes nothing on the node, whatever it finds. */
  readonly readOnly?: boolean;
  /** The output is a secret as a whole: it reaches the caller only, no log and no message. */
  readonly secretOutput?: boolean;
  /**
   * For output without an end: lines of stdout go only to `onLine`. They are not kept, logged or limited, and the
   * result's stdout is empty.
   */
  readonly streamOutput?: boolean;
  /** Milliseconds; default 60 000. At most 2 147 483 647, which is 24 days. */
  readonly timeout?: number;
  readonly signal?: AbortSignal;
  /** Called for every whole line as it comes, redacted. */
  readonly onLine?: (line: string, stream: "stdout" | "stderr") => void;
}

export interface RemoteResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface FileOptions {
  /** Permission bits, default 0o644. */
  readonly mode?: number;
  readonly signal?: AbortSignal;
}

/** A machine that runs commands and takes files. */
export interface RemoteHost {
  /** Name of the node, for messages. */
  readonly name: string;
  /**
   * Runs a command and resolves with its result when it exits 0.
   * Throws RemoteCommandError (kind `node`) for any other exit code, with the last lines of stderr in its message;
   * `timeout` past the limit; the signal's reason on abort; `node` when the connection is lost. In the last three cases
   * the command's process group on the node has been ended, or its watchdog will end it.
   */
  run(command: RemoteCommand): Promise<RemoteResult>;
  /**
   * Writes exactly `content` to `path`: over stdin to a temporary file beside it, checked by sha256, then renamed. Does
   * nothing when the file and its mode are the same already.
   */
  putFile(path: string, content: string | Uint8Array, options?: FileOptions): Promise<"written" | "unchanged">;
  /**
   * A byte stream to a TCP port that the machine reaches, for ports that this computer does not reach itself. Its
   * errors have the machine's words. The caller ends it.
   */
  openPort(address: string, port: number): Promise<Duplex>;
  /** Ends the connection; later calls fail. */
  close(): Promise<void>;
}

/** How to reach a machine by ssh. */
export interface SshTarget {
  /** Name of the node; its host key is pinned under it, whatever its address. */
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly user: string;
  readonly become: "auto" | "none" | "sudo" | "doas";
  /** PEM or OpenSSH text of private keys, tried in order. */
  readonly privateKeys: readonly string[];
  /** The files that the keys were read from, for other programs; absent when these find the keys by themselves. */
  readonly identityFiles?: readonly string[];
  /** Files of ssh certificates that lie beside the keys: not used, and named when the login is refused. */
  readonly certificates?: readonly string[];
  /** Socket of a running agent, tried after the keys. */
  readonly agent?: string;
  /** Public host key that the user gave, `ssh-ed25519 AAAA…`; strict when not empty. */
  readonly hostKey: string;
}
