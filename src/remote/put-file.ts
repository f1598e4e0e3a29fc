import { createHash } from "node:crypto";
import type { FileOptions, RemoteCommand, RemoteResult } from "./remote-host.js";

const DEFAULT_MODE = 0o644;

// Reads all of standard input in every case: else the program that writes it would fail with a broken pipe.
const SCRIPT = `
set -eu
fail() { cat >/dev/null; echo "$1" >&2; exit 1; }
[ ! -d "$put_path" ] || fail "$put_path is a folder"
is() { case $(sha256sum <"$1") in "$put_sha256 "*) return 0 ;; esac; return 1; }
if [ -f "$put_path" ] && [ ! -L "$put_path" ] && [ "$(stat -c %a "$put_path")" = "$put_mode" ] && is "$put_path"; then
  cat >/dev/null
  echo unchanged
  exit 0
fi
folder=\${put_path%/*}
mkdir -p "\${folder:-/}" || fail "cannot make the folder $folder"
umask 077
# Of runs that were killed; nobody else writes this file meanwhile.
for left in "$folder/.\${put_path##*/}".*.tmp; do
  number=\${left%.tmp}
  number=\${number##*.}
  [ "$left" != "$folder/.\${put_path##*/}.$number.tmp" ] || rm -f "$left"
done
temporary="$folder/.\${put_path##*/}.$$.tmp"
trap 'rm -f "$temporary"' EXIT
trap 'exit 143' TERM HUP INT
cat >"$temporary"
is "$temporary" || fail "what arrived is not what was sent (sha256 differs); $put_path was left as it was"
chmod "$put_mode" "$temporary"
mv -f "$temporary" "$put_path"
echo written
`;

/**
 * The command that writes `content` to `path`: creates a file with mode 0600, then sets its mode, then renames it, so
 * that nobody sees a part of it or a secret. A symbolic link is replaced by the file. Throws a TypeError for a path
 * that is not absolute.
 */
export function putFileCommand(path: string, content: string | Uint8Array, options: FileOptions): RemoteCommand {
  if (!path.startsWith("/") || path.endsWith("/")) throw new TypeError(`"${path}" is not an absolute path of a file`);
  return {
    name: `put ${path}`,
    script: SCRIPT,
    variables: {
      put_path: path,
      put_mode: (options.mode ?? DEFAULT_MODE).toString(8),
      put_sha256: createHash("sha256").update(content).digest("hex"),
    },
    input: content,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  };
}

/** What the command did, from its result. */
export function putFileOutcome(result: RemoteResult): "written" | "unchanged" {
  return result.stdout.trim() === "unchanged" ? "unchanged" : "written";
}
