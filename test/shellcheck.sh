#!/bin/sh
# Every shell file of ours, as POSIX sh; files that run only on a Debian host say bash in their first line. The parts of
# the node scripts are looked at in their places.
set -eu
cd "$(dirname "$0")/.."
command -v shellcheck >/dev/null || { echo "shellcheck is missing: apt-get install shellcheck" >&2; exit 1; }
# files PATTERN...: those that exist, each once.
files() {
  git ls-files --cached --others --exclude-standard -- "$@" | sort -u | while IFS= read -r file; do
    [ -f "$file" ] && printf '%s\0' "$file"
  done
}
files '*.sh' '.ci/run' ':!templates/node' | xargs -0 -r shellcheck
files ':(glob)templates/node/*.sh' | xargs -0 -r shellcheck --external-sources --check-sourced --source-path=SCRIPTDIR
