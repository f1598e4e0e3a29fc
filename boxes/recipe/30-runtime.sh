#!/bin/sh
# The runtime BOX_RUNTIME starts at boot. The kubelet does not: it is switched on when the machine becomes a node.
set -eu
: "${BOX_RUNTIME:?containerd, crio or docker}"

at_boot() { [ -e "/etc/runlevels/$2/$1" ] || rc-update -q add "$1" "$2"; }

at_boot cgroups boot
at_boot "$BOX_RUNTIME" default
at_boot chronyd default
at_boot sshd default

# OpenRC has no systemd to make cgroups: the kubelet of Alpine's package is started with cgroupfs, and CRI-O has to agree.
if [ "$BOX_RUNTIME" = crio ]; then
  mkdir -p /etc/crio/crio.conf.d
  printf '[crio.runtime]\ncgroup_manager = "cgroupfs"\nconmon_cgroup = "pod"\n' >/etc/crio/crio.conf.d/10-alpine-k8s.conf
fi

# Networks put their plugins into /opt/cni/bin, Alpine's runtimes look into /usr/libexec/cni: one folder with two names.
mkdir -p /opt/cni
[ -e /opt/cni/bin ] || ln -sfn /usr/libexec/cni /opt/cni/bin
