#!/usr/bin/env bash
# The practice cluster: installs what is missing, builds Kubernetes, brings a cluster up, shows what runs in it.
# practice.sh [up] | down | status | shell
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
bench="$here/bench/bench.sh"
home=${ALPINE_K8S_PRACTICE_HOME:-${XDG_CACHE_HOME:-$HOME/.cache}/alpine-k8s/practice}
cache=${ALPINE_K8S_PRACTICE_CACHE:-/var/cache/alpine-k8s-practice}
export ALPINE_K8S_PRACTICE_HOME="$home"
cluster="$home/cluster"

say() { printf '\n== %s\n' "$*"; }
kubectl() { "$bench" exec -- kubectl --kubeconfig="$cluster/admin.config" "$@"; }

foretell() {
  cat <<EOT
The practice cluster is real Kubernetes v1.20.2 on this computer: one master and two minions, each a container.

  It installs   Debian packages: Docker, Vagrant, and what builds Kubernetes (Go, gcc, make)
  It builds     Kubernetes from Debian's source package, once, and keeps it in $cache
  It takes      about a quarter of an hour the first time, and two and a half minutes after that
  It needs      Debian 12, root, 10 GB of disk and a Debian mirror; it changes nothing else of this computer
EOT
}

up() {
  foretell
  say "What the bench needs"
  "$bench" install
  say "The node, with Kubernetes"
  "$bench" node
  say "The bench"
  "$bench" start
  mkdir -p "$cluster"
  [ -e "$cluster/alpine-k8s.yaml" ] || cp "$here/alpine-k8s.yaml" "$cluster/"
  [ -e "$cluster/network.yaml" ] || cp "$here/network.yaml" "$cluster/"
  say "alpine-k8s up"
  "$bench" exec -- node "$here/../bin/run.js" up --dir "$cluster"
  say "kubectl get nodes"
  kubectl get nodes -o wide
  say "A pod on every node"
  kubectl apply -f "$here/hello.yaml"
  kubectl rollout status daemonset/hello --timeout=120s
  kubectl get pods --all-namespaces -o wide
  cat <<EOT

This is a cluster to work with, until the computer is switched off or you end it.

  look around:  npm run practice -- shell    (then: cd $cluster && alpine-k8s status)
  end it:       npm run practice -- down
EOT
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
  shell)
    # By the name that users type.
    mkdir -p "$home/bin"
    ln -sfn "$here/../bin/run.js" "$home/bin/alpine-k8s"
    PATH="$home/bin:$PATH" "$bench" shell
    ;;
  *)
    echo "usage: practice.sh [up|down|status|shell]" >&2
    exit 2
    ;;
esac
