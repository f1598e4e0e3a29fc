#!/bin/bash
# Keeps a bench's namespaces and runs its dockerd: keeper.sh HOME MARK. Started by running.sh in
# fresh namespaces; HOME is the bench's folder, MARK its name in mount tables.
set -euo pipefail

home=$1
mark=$2

# shellcheck source=practice/bench/own.sh
. "$(dirname "${BASH_SOURCE[0]}")/own.sh"

# Nodes find each other by addresses that the clusters choose; Docker's own networks keep out of their way.
start_docker() {
    own_folder /etc/docker docker/etc
    dockerd --data-root "$home/docker/data" --exec-root /run/docker --pidfile /run/docker.pid --cgroup-parent "/$mark" \
        --bip 172.30.0.1/16 --default-address-pool base=172.31.0.0/16,size=24 --storage-driver overlay2 \
        >"$home/docker.log" 2>&1 &
    printf '%s\n' $! >"$home/docker.pid"
}

mkdir -p "$home/etc" "$home/cgroup"
mount -t tmpfs -o mode=755,nosuid,nodev "$mark" /run
mkdir -p /run/lock
# A new /sys shows the network cards of this namespace; the control groups stay those of the computer.
mount --rbind /sys/fs/cgroup "$home/cgroup"
mount -t sysfs sysfs /sys
mount --rbind "$home/cgroup" /sys/fs/cgroup
ip link set lo up
# The bench has no way out, and waiting for a reply costs time: no route leads to this address, which RFC 5737 sets aside,
# so that each question fails at once. Without any server a node would be refused.
if [ -f /etc/resolv.conf ]; then
    printf 'nameserver 192.0.2.1\n' >"$home/etc/resolv.conf"
    mount --bind "$home/etc/resolv.conf" /etc/resolv.conf
fi

start_docker
# Stays when the daemon dies: "status" says so and "start" begins anew.
while :; do sleep 3600 & wait $!; done
