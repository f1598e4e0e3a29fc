#!/bin/sh
# Every shell file of ours, as POSIX sh; files that run only on a Debian host say bash in their first line.
set -eu
cd "$(dirname "$0")/.."
command -v shellcheck >/dev/null || { echo "shellcheck is missing: apt-get install shellcheck" >&2; exit 1; }
git ls-files --cached --others --exclude-standard -- '*.sh' '.ci/run' 'templates/node/*' | sort -u | while IFS= read -r file; do
  [ -f "$file" ] && printf '%s\0' "$file"
done | xargs -0 -r shellcheck
