#!/bin/bash
# Builds Kubernetes from Debian's source package, and our own small programs in the same tree. Prints the folder of
# Kubernetes' programs and that of ours. What is there already is not built again.
#   build.sh test    runs the tests of our programs instead
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
practice=$(dirname "$here")

# shellcheck source=practice/common.sh
. "$practice/common.sh"
# shellcheck source=practice/kubernetes/source.sh
. "$here/source.sh"
# shellcheck source=practice/kubernetes/compile.sh
. "$here/compile.sh"

source_key=$(hash_of "$here" source.sh)
kubernetes_key=$(key_of "$source_key" "$(hash_of "$here" compile.sh)")
programs_key=$(key_of "$kubernetes_key" "$(hash_of "$practice" programs)")
source=$cache/source-$source_key
kubernetes=$cache/kubernetes-$kubernetes_key
programs=$cache/programs-$programs_key

need_source() {
    need_cache
    [ -d "$source" ] || need_disk 10 "$cache" "building Kubernetes"
    install_packages "building Kubernetes" "${build_packages[@]}"
    built source "$source_key" fetch_source
}

case ${1:-} in
    test)
        need_source
        with_lock "$cache/tree.lock" test_programs
        ;;
    '')
        if ! [ -d "$kubernetes" ] || ! [ -d "$programs" ]; then
            need_source
            built kubernetes "$kubernetes_key" build_kubernetes
            built programs "$programs_key" with_lock "$cache/tree.lock" build_programs
        fi
        touch "$source" "$kubernetes" "$programs" 2>/dev/null || true
        printf '%s\n' "$kubernetes" "$programs"
        ;;
    *) refuse "usage: build.sh [test]" ;;
esac
