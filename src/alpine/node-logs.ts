import type { RemoteHost } from "../remote/remote-host.js";

/** Logs on a node. */
export type NodeLog = "kubelet" | "runtime";

export const NODE_LOGS: readonly NodeLog[] = ["kubelet", "runtime"];

/** The most bytes of one log that are read. */
export const LOG_BYTES = 4 * 1024 * 1024;

/** The longest delay that setTimeout takes, in milliseconds: 24 days. */
const NO_LIMIT = 2_147_483_647;

// Where OpenRC's services log: as set on the node, else the defaults of Alpine's packages (kubelet-openrc, containerd).
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

/** The last lines of a log; `absent` is the path of a file that does not exist. */
export type ReadLog = { readonly file: string; readonly lines: readonly string[] } | { readonly absent: string };

/**
 * The last `lines` lines of a log, at most 4 MiB of them. Changes nothing on the node; the text stays out of the run's
 * log.
 */
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
  // The limit in bytes may have cut the first line.
  const wasCut = Buffer.byteLength(stdout) - Buffer.byteLength(head) > LOG_BYTES;
  return { file, lines: wasCut ? rest.slice(1) : rest };
}

/**
 * Calls `onLine` with the last lines of a log and all that follow, also after log rotation, until the signal aborts.
 */
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
