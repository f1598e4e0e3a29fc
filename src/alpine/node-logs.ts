import type { RemoteHost } from "../remote/remote-host.js";

/** Logs that lie on a node. */
export type NodeLog = "kubelet" | "runtime";

export const NODE_LOGS: readonly NodeLog[] = ["kubelet", "runtime"];

/** Bytes of one log that are read at most. */
export const LOG_BYTES = 4 * 1024 * 1024;

/** The longest time a command may run, in milliseconds: 24 days. */
const NO_LIMIT = 2_147_483_647;

// Where OpenRC's services write: the node's own settings, else the files of Alpine's packages (kubelet-openrc, containerd).
const FILE = `
given() { sed -n "s/^[[:space:]]*$1=[\\"']\\{0,1\\}\\([^\\"'[:space:]]*\\).*/\\1/p" "/etc/conf.d/$2" 2>/dev/null | tail -n 1; }
case $LOG in
kubelet) file=$(given output_log kubelet) default=/var/log/kubelet/kubelet.log ;;
runtime) file=$(given log_file containerd) default=/var/log/containerd.log ;;
*) echo "there is no log $LOG" >&2; exit 2 ;;
esac
case $file in /*) ;; *) file=$default ;; esac
`;

const READ = `${FILE}
[ -e "$file" ] || { echo "absent $file"; exit 0; }
echo "file $file"
tail -n "$LOG_LINES" "$file" | tail -c "$LOG_BYTES"
`;

const FOLLOW = `${FILE}
exec tail -n "$LOG_LINES" -F "$file" 2>/dev/null
`;

/** The last lines of a log; `absent` with the file's name where there is none. */
export type ReadLog = { readonly file: string; readonly lines: readonly string[] } | { readonly absent: string };

/** The last `lines` lines of a log, at most 4 MiB of them. Changes nothing on the node; nothing of it reaches our log. */
export async function readNodeLog(
  host: RemoteHost,
  log: NodeLog,
  lines: number,
  signal: AbortSignal,
): Promise<ReadLog> {
  const { stdout } = await host.run({
    name: `${log} log`,
    script: READ,
    variables: { LOG: log, LOG_LINES: String(lines), LOG_BYTES: String(LOG_BYTES) },
    readOnly: true,
    secretOutput: true,
    signal,
  });
  const [head = "", ...rest] = stdout.split("\n");
  if (rest.at(-1) === "") rest.pop();
  const file = head.slice(head.indexOf(" ") + 1);
  if (head.startsWith("absent ")) return { absent: file };
  // Where the bytes were cut, a line begins in its middle.
  const wasCut = Buffer.byteLength(stdout) - Buffer.byteLength(head) > LOG_BYTES;
  return { file, lines: wasCut ? rest.slice(1) : rest };
}

/** Hands out the last lines of a log and all that follow, also after the file was rotated, until the signal aborts. */
export async function followNodeLog(
  host: RemoteHost,
  log: NodeLog,
  { lines, signal, onLine }: { lines: number; signal: AbortSignal; onLine: (line: string) => void },
): Promise<void> {
  await host.run({
    name: `follow ${log} log`,
    script: FOLLOW,
    variables: { LOG: log, LOG_LINES: String(lines) },
    readOnly: true,
    streamOutput: true,
    timeout: NO_LIMIT,
    signal,
    onLine: (line, stream) => {
      if (stream === "stdout") onLine(line);
    },
  });
}
