#!/bin/bash
# The practice bench: virtual machines on this computer without touching it.
# docs/practice.md says what it is; "bench.sh help" lists the sub-commands.
set -euo pipefail

bench=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
home=${ALPINE_K8S_PRACTICE_HOME:-${XDG_CACHE_HOME:-$HOME/.cache}/alpine-k8s/practice}
# Where boxes and their packages lie; several homes may share one.
boxes=${ALPINE_K8S_PRACTICE_BOXES:-$home/boxes}
default_version=v1.36.1

# shellcheck source=practice/bench/common.sh
. "$bench/common.sh"
# shellcheck source=practice/bench/packages.sh
. "$bench/packages.sh"
# shellcheck source=practice/bench/box.sh
. "$bench/box.sh"
# shellcheck source=practice/bench/running.sh
. "$bench/running.sh"
# shellcheck source=practice/bench/host-state.sh
. "$bench/host-state.sh"

usage() {
    cat <<EOF
usage: bench.sh COMMAND

  install          install the Debian packages that the bench needs (says which)
  box [VERSION]    build the practice box for Kubernetes VERSION ($default_version) and give it to Vagrant
  start            start the bench: own network and mounts, own libvirtd
  status           say whether the bench runs, with its machines; exit 0 when it runs, 1 when not
  exec [--] CMD…   run a command inside the bench, in the current folder
  shell            run a shell inside the bench
  stop             end everything in the bench as a power cut would; its disks stay
  host-state       print what the bench promises not to change on this computer

  bench.sh exec virsh destroy DOMAIN      pulls the plug of one machine
  bench.sh exec virsh list --all          lists the machines

Everything lies in $home
(ALPINE_K8S_PRACTICE_HOME changes that, ALPINE_K8S_PRACTICE_BOXES the place of the boxes).
EOF
}

main() {
    local command=${1:-help}
    [ $# -eq 0 ] || shift
    case $home$boxes in
        /*) ;;
        *) refuse "the practice folder must be an absolute path, not $home" ;;
    esac
    case $command in
        install) install_packages ;;
        box) make_box "${1:-$default_version}" ;;
        start) start_bench ;;
        status) bench_status ;;
        exec)
            [ "${1:-}" != -- ] || shift
            [ $# -gt 0 ] || refuse "exec needs a command"
            enter_bench "$@"
            ;;
        shell) enter_bench "${SHELL:-/bin/bash}" ;;
        stop) stop_bench ;;
        host-state) host_state ;;
        help | -h | --help) usage ;;
        *)
            usage >&2
            exit 2
            ;;
    esac
}

main "$@"
