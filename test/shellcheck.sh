#!/bin/sh
# Checks all our shell files as POSIX sh; files that only run on a Debian host have bash in their first line. The parts of
# the node scripts are checked as included.
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
