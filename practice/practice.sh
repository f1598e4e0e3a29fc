#!/usr/bin/env bash
# The practice cluster: installs what is missing, builds the box, brings a cluster up, lists its nodes.
# practice.sh [up] | down | status | shell
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
bench="$here/bench/bench.sh"
home=${ALPINE_K8S_PRACTICE_HOME:-${XDG_CACHE_HOME:-$HOME/.cache}/alpine-k8s/practice}
export ALPINE_K8S_PRACTICE_HOME="$home"
cluster="$home/cluster"

say() { printf '\n== %s\n' "$*"; }

up() {
  say "What the bench needs"
  "$bench" install
  say "The practice box"
  "$bench" box
  say "The bench"
  "$bench" start
  mkdir -p "$cluster"
  [ -e "$cluster/alpine-k8s.yaml" ] || cp "$here/alpine-k8s.yaml" "$cluster/"
  [ -e "$cluster/network.yaml" ] || cp "$here/standins/network.yaml" "$cluster/"
  say "alpine-k8s up"
  "$bench" exec -- node "$here/../bin/run.js" up --dir "$cluster"
  say "kubectl --kubeconfig=admin.config get nodes"
  "$bench" exec -- kubectl --kubeconfig="$cluster/admin.config" get nodes -o wide
  cat <<EOF

This is the practice cluster. The machines, Vagrant, ssh, the node scripts and this kubectl are real; the Kubernetes inside
(kubeadm, kubelet, API server, container runtime) is a stand-in, so no containers run.

  look around:  npm run practice -- shell    (then: cd $cluster && alpine-k8s status)
  end it:       npm run practice -- down
EOF
}

case ${1:-up} in
  up) up ;;
  down)
    if "$bench" status >/dev/null 2>&1; then
      if [ -e "$cluster/.alpine-k8s" ]; then "$bench" exec -- node "$here/../bin/run.js" destroy --yes --dir "$cluster"; fi
      "$bench" stop
    fi
    ;;
  status) "$bench" exec -- node "$here/../bin/run.js" status --dir "$cluster" ;;
  shell) "$bench" shell ;;
  *)
    echo "usage: practice.sh [up|down|status|shell]" >&2
    exit 2
    ;;
esac
