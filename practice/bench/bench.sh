#!/bin/bash
# The practice bench: nodes on this computer without touching it.
# docs/practice.md says what it is; "bench.sh help" lists the sub-commands.
set -euo pipefail

bench=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
practice=$(dirname "$bench")
home=${ALPINE_K8S_PRACTICE_HOME:-${XDG_CACHE_HOME:-$HOME/.cache}/alpine-k8s/practice}

# shellcheck source=practice/common.sh
. "$practice/common.sh"
# shellcheck source=practice/bench/packages.sh
. "$bench/packages.sh"
# shellcheck source=practice/bench/node.sh
. "$bench/node.sh"
# shellcheck source=practice/bench/processes.sh
. "$bench/processes.sh"
# shellcheck source=practice/bench/running.sh
. "$bench/running.sh"
# shellcheck source=practice/bench/machines.sh
. "$bench/machines.sh"
# shellcheck source=practice/bench/host-state.sh
. "$bench/host-state.sh"

usage() {
    cat <<EOT
usage: bench.sh COMMAND

  install          install the Debian packages that the bench needs (says which)
  node             build the node with real Kubernetes, once, and print its file
  start            start the bench: own network and mounts, own dockerd, with the node at hand
  machines         let the running bench carry emulated machines, too: own libvirtd, and the box, whose file is printed
  status           say whether the bench runs, with its nodes; exit 0 when it runs, 1 when not
  exec [--] CMD…   run a command inside the bench, in the current folder
  shell            run a shell inside the bench
  stop             end everything in the bench as a power cut would; its disks stay
  host-state       print what the bench promises not to change on this computer

  bench.sh exec docker ps -a       lists the nodes
  bench.sh exec docker kill NAME   pulls the plug of one
  bench.sh exec virsh list --all   lists emulated machines

The bench lies in $home (ALPINE_K8S_PRACTICE_HOME changes that), what was built in $cache
(ALPINE_K8S_PRACTICE_CACHE changes that).
EOT
}

main() {
    local command=${1:-help}
    [ $# -eq 0 ] || shift
    case $home in
        /*) ;;
        *) refuse "the practice folder must be an absolute path, not $home" ;;
    esac
    case $command in
        install) install_packages "the bench" "${bench_packages[@]}" ;;
        node) node_file ;;
        start) start_bench ;;
        machines) start_machines ;;
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
