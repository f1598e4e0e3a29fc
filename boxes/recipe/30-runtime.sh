#!/bin/sh
# The runtime BOX_RUNTIME starts at boot. The kubelet does not: it is switched on when the machine becomes a node.
set -eu
: "${BOX_RUNTIME:?containerd, crio or docker}"

at_boot() { [ -e "/etc/runlevels/$2/$1" ] || rc-update -q add "$1" "$2"; }

at_boot cgroups boot
at_boot "$BOX_RUNTIME" default
at_boot chronyd default
at_boot sshd default

# Networks put their plugins into /opt/cni/bin, Alpine's runtimes look into /usr/libexec/cni: one folder with two names.
mkdir -p /opt/cni
[ -e /opt/cni/bin ] || ln -s /usr/libexec/cni /opt/cni/bin
