#!/bin/bash
# Builds the practice box: VERSION is the Kubernetes version that the stand-ins
# inside will claim to be (they add "+practice"). WORK keeps the packages and
# the trees between builds. The result is the file BOX. Needs root, because the
# tree holds files of several owners and setuid programs.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
version=${1:?usage: build.sh VERSION WORK BOX}
work=${2:?usage: build.sh VERSION WORK BOX}
box=${3:?usage: build.sh VERSION WORK BOX}
packages=$work/packages
root=$work/root

say() { printf '%s\n' "practice box: $*" >&2; }
fail() {
    say "$*"
    exit 4
}
# The list's lines without comments and empty ones.
entries() { sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$1"; }

# shellcheck source=practice/box/fetch.sh
. "$here/fetch.sh"
# shellcheck source=practice/box/tree.sh
. "$here/tree.sh"
# shellcheck source=practice/box/image.sh
. "$here/image.sh"

mkdir -p "$work"
fetch_packages
unpack_packages
build_tree
build_box
say "$box is ready ($(du -h "$box" | cut -f1))"
