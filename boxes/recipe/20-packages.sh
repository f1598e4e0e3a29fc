#!/bin/sh
# All packages of a node: Kubernetes in the version BOX_KUBERNETES (v1.36.1) and the runtime BOX_RUNTIME (containerd, crio, docker).
set -eu
: "${BOX_KUBERNETES:?the version of Kubernetes, such as v1.36.1}" "${BOX_RUNTIME:?containerd, crio or docker}"

case $BOX_RUNTIME in
  containerd) runtime='containerd runc cri-tools' ;;
  crio) runtime='cri-o cri-tools' ;;
  docker) runtime='docker cri-tools' ;;
  *)
    echo "BOX_RUNTIME is $BOX_RUNTIME: containerd, crio or docker is wanted" >&2
    exit 2
    ;;
esac
version=${BOX_KUBERNETES#v}

apk upgrade
# shellcheck disable=SC2086 # names of packages
apk add $runtime "kubeadm=~$version" "kubelet=~$version" \
  cni-plugins iptables iproute2 conntrack-tools ethtool socat openssh sudo doas chrony
