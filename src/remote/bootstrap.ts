import { quoteSh } from "../base/quote.js";
import { assignments } from "./assignments.js";
import type { RemoteCommand, SshTarget } from "./remote-host.js";

/** Exit code of the bootstrap when it could not start the script; stderr has {@link BOOTSTRAP_MARK} and the reason. */
export const BOOTSTRAP_EXIT = 96;
export const BOOTSTRAP_MARK = "alpine-k8s-bootstrap: ";
/** On stderr when the login shell has come to our command. Before that nothing is sent: rc files may read it. */
export const READY_LINE = `${BOOTSTRAP_MARK}ready\n`;
/** What is told instead of anything that came over standard input, which may be a secret. */
export const READS_INPUT =
  "the login shell reads standard input before it runs a command, or beside it: look into its rc files";

/** Seconds between TERM and KILL when a process group is ended. */
const GRACE_SECONDS = 5;

// All of this goes inside single quotes through a login shell that may be ash, dash, bash or fish, so it must not
// contain single quotes, backslashes or line breaks.
const FAIL = `fail() { echo "${BOOTSTRAP_MARK}$1" >&2; exit ${BOOTSTRAP_EXIT}; }`;

// dropbear and sshd give a short PATH to commands; sudo and doas replace it by their own.
const PATHS = "PATH=$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin; export PATH";

// Says that it is there, takes one line with the way to root, then goes on as root with the same standard input. The
// shell's `read` takes single bytes from a pipe, so what follows the line stays there for the next stage.
const BECOME = [
  PATHS,
  FAIL,
  "why=",
  `echo "${BOOTSTRAP_MARK}ready" >&2`,
  `can() { command -v "$1" >/dev/null 2>&1 || { why="$why, $1: not found"; return 1; }; said=$("$1" -n true 2>&1 </dev/null) || { why="$why, $said"; return 1; }; }`,
  'IFS= read -r become || fail "the connection ended before the command came"',
  "case $become in auto) if [ $(id -u) = 0 ]; then become=none; elif can sudo; then become=sudo; elif can doas; then become=doas; " +
    'else fail "become: neither sudo nor doas works without a password${why}"; fi;; ' +
    'sudo|doas) can $become || fail "become: $become does not work without a password${why}";; none) ;; ' +
    `*) fail "${READS_INPUT}";; esac`,
  'case $become in none) exec sh -c "$1" sh "$2" "$3";; *) exec $become -n sh -c "$1" sh "$2" "$3";; esac',
].join("; ");

// As root: reads a line with the size of the script, then the script in base64. `dd` takes exactly that much from the
// pipe in large reads; without its `fullblock` the shell's slow `read` does it. An incomplete script is never started.
// Background commands of a shell without job control share its process group, hence setsid and not `set -m`.
// When a signal ends the script, its whole group is ended, too. When it ends by itself, what it started goes on:
// OpenRC's supervise-daemon stays in the process group of the shell that called rc-service.
const RUN = [
  PATHS,
  FAIL,
  'IFS= read -r size || fail "the connection ended before the command came"',
  `case $size in ""|*[!0-9]*) fail "${READS_INPUT}";; esac`,
  'text=$(dd bs="$size" count=1 iflag=fullblock 2>/dev/null) || IFS= read -r text',
  '[ "${#text}" = $((size - 1)) ] || fail "the connection ended before the whole command came"',
  'command -v setsid >/dev/null || fail "the node has no setsid"',
  "exec 3<&0 </dev/null",
  'printf %s "$text" | setsid sh -c "$1" 3<&- & script=$!',
  'setsid sh -c "$2" sh $script <&3 3<&- >/dev/null 2>&1 & watcher=$!',
  "exec 3<&-",
  "wait $script",
  "code=$?",
  "{ kill -KILL -$watcher || kill -KILL $watcher; } 2>/dev/null",
  `if [ $code -ge 128 ] && kill -TERM -$script 2>/dev/null; then turns=${GRACE_SECONDS * 5}; ` +
    "while [ $turns -gt 0 ] && kill -0 -$script 2>/dev/null; do sleep 0.2; turns=$((turns - 1)); done; " +
    "kill -KILL -$script 2>/dev/null; fi",
  "exit $code",
].join("; ");

// In the script's own session: nothing of the script is in an argument list, in the environment or in a file.
const START =
  `text=$(base64 -d) && [ "$text" ] || { echo "${BOOTSTRAP_MARK}the node could not decode the command" >&2; exit ${BOOTSTRAP_EXIT}; }; ` +
  'exec </dev/null; eval "unset text; $text"';

// In a session of its own: waits until standard input is closed, then ends the script's group. The group exists only
// once setsid has run, hence the second try by process id.
const WATCH =
  "while read -r line; do :; done; kill -TERM -$1 || kill -TERM $1; " + `sleep ${GRACE_SECONDS}; kill -KILL -$1`;

/** The command line on the wire, the same for every {@link RemoteCommand}. */
export const COMMAND_LINE = `sh -c '${BECOME}' sh '${RUN}' '${START}' '${WATCH}'`;

/** What goes to the bootstrap's standard input, which must stay open afterwards: closing it ends the script. */
export function bootstrapInput(command: RemoteCommand, become: SshTarget["become"]): string {
  const encoded = Buffer.from(scriptOf(command)).toString("base64");
  return `${become}\n${encoded.length + 1}\n${encoded}\n`;
}

// Everything of ours is on the first line, so that the shell's line numbers are the script's.
function scriptOf({ script, variables = {}, input }: RemoteCommand): string {
  if (script.includes("\0")) throw new TypeError("a script must not contain a NUL byte");
  const head = Object.keys(variables).length === 0 ? ":" : assignments(variables);
  if (input === undefined) return `${head}; ${endingsOf(script)}`;
  const encoded = Buffer.from(input).toString("base64");
  return `printf %s ${quoteSh(encoded)} 2>/dev/null | base64 -d 2>/dev/null | { ${head}; ${endingsOf(script)}\n}`;
}

function endingsOf(script: string): string {
  return script.replaceAll("\r\n", "\n");
}
