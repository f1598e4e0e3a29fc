#!/bin/sh
# In place of ours: Kubernetes of a repository of your own, whose key is trusted first, and containerd of Alpine's. Put it over the
# script of this name in a copy of boxes/recipe (docs/boxes.md, "Scripts of your own").
set -eu
: "${BOX_KUBERNETES:?the version of Kubernetes, such as v1.36.1}"

key=/etc/apk/keys/packages.example.com.rsa.pub
[ -e "$key" ] || cat >"$key" <<'KEY'
-----BEGIN PUBLIC KEY-----
THE PUBLIC KEY OF YOUR REPOSITORY
-----END PUBLIC KEY-----
KEY

repository=https://packages.example.com/alpine
grep -qxF "$repository" /etc/apk/repositories || echo "$repository" >>/etc/apk/repositories

version=${BOX_KUBERNETES#v}
apk update
apk add containerd runc cri-tools "kubeadm=~$version" "kubelet=~$version" \
  cni-plugins iptables iproute2 conntrack-tools ethtool socat openssh sudo doas chrony
