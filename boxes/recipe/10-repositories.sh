#!/bin/sh
# main and community of the release in BOX_ALPINE (3.24), on BOX_MIRROR (a URL; empty: the mirror that is there).
set -eu
: "${BOX_ALPINE:?the release of Alpine, such as 3.24}" "${BOX_MIRROR:=}"

file=/etc/apk/repositories
mirror=${BOX_MIRROR%/}
if [ -z "$mirror" ]; then
  while read -r line; do
    case $line in
      http*/v"$BOX_ALPINE"/main) mirror=${line%/v"$BOX_ALPINE"/main} ;;
    esac
  done <"$file"
fi
: "${mirror:?"$file names no main repository of Alpine $BOX_ALPINE: give BOX_MIRROR"}"
printf '%s/v%s/main\n%s/v%s/community\n' "$mirror" "$BOX_ALPINE" "$mirror" "$BOX_ALPINE" >"$file.new"
if cmp -s "$file.new" "$file"; then rm "$file.new"; else mv "$file.new" "$file"; fi
apk update
