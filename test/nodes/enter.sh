#!/bin/sh
# Run inside fresh namespaces with the scratch root as its argument: mounts what a node has, says so, and waits for its
# standard input to close. Nothing of this is seen outside the namespaces.
set -eu
root=$1
mount --make-rprivate /
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount --bind "$root/fake/sys" "$root/sys"
mount --bind "$root/run" "$root/run"
mount --make-private "$root"
mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
mount --bind "$root/fake/controllers" "$root/sys/fs/cgroup/cgroup.controllers"
mount --bind "$root/proc/sys/kernel/hostname" "$root/fake/procsys/kernel/hostname"
mount --rbind "$root/fake/procsys" "$root/proc/sys"
for file in swaps meminfo filesystems; do mount --bind "$root/fake/$file" "$root/proc/$file"; done
hostname alpine
ip link set lo up
# Not every kernel has dummy or veth cards; this one card is always there.
ip addr add 10.0.2.15/24 dev lo
ip addr add 10.250.250.2/24 dev lo
echo ready
read -r _ || :
