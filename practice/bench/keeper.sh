#!/bin/bash
# Keeps a bench's namespaces and runs its libvirtd. Started by running.sh in
# fresh namespaces; HOME is the bench's folder, MARK its name in mount tables.
set -euo pipefail

home=$1
mark=$2

# An own copy of a file of /etc, with lines added, over the computer's.
own_file() {
    cp "$1" "$home/etc/${1##*/}"
    if [ $# -gt 1 ]; then printf '%s\n' "${@:2}" >>"$home/etc/${1##*/}"; fi
    mount --bind "$home/etc/${1##*/}" "$1"
}

# An own folder of the home over one of the computer's.
own_folder() {
    mkdir -p "$home/$2"
    mount --bind "$home/$2" "$1"
}

# A line for a user or group that this computer has not; libvirt refuses to
# start without these, whatever its settings say.
unless_known() { getent "$1" "$2" >/dev/null || printf '%s\n' "$3"; }

mkdir -p "$home/etc"
mount -t tmpfs -o mode=755,nosuid,nodev "$mark" /run
mkdir -p /run/lock /run/libvirt
# A new /sys shows the network cards of this namespace.
mount -t sysfs sysfs /sys
ip link set lo up

mapfile -t users < <(
    unless_known passwd libvirt-qemu 'libvirt-qemu:x:64055:64055:practice bench:/var/lib/libvirt:/usr/sbin/nologin'
    unless_known passwd libvirt-dnsmasq 'libvirt-dnsmasq:x:64056:64056:practice bench:/var/lib/libvirt:/usr/sbin/nologin'
)
mapfile -t groups < <(
    unless_known group libvirt-qemu 'libvirt-qemu:x:64055:'
    unless_known group libvirt-dnsmasq 'libvirt-dnsmasq:x:64056:'
)
own_file /etc/passwd "${users[@]}"
own_file /etc/group "${groups[@]}"
# Names are asked nowhere: the bench has no way out, and waiting for a reply costs time.
if [ -f /etc/resolv.conf ]; then
    : >"$home/etc/resolv.conf"
    mount --bind "$home/etc/resolv.conf" /etc/resolv.conf
fi
own_folder /etc/libvirt libvirt/etc
own_folder /var/lib/libvirt libvirt/lib
own_folder /var/cache/libvirt libvirt/cache
own_folder /var/log/libvirt libvirt/log

cat >/etc/libvirt/libvirtd.conf <<EOF
auth_unix_ro = "none"
auth_unix_rw = "none"
unix_sock_group = "root"
EOF
cat >/etc/libvirt/qemu.conf <<EOF
user = "root"
group = "root"
dynamic_ownership = 0
remember_owner = 0
security_driver = "none"
cgroup_controllers = [ ]
namespaces = [ ]
stdio_handler = "file"
EOF

libvirtd >"$home/libvirtd.log" 2>&1 &
# Stays when libvirtd dies: "status" says so and "start" begins anew.
while :; do sleep 3600 & wait $!; done
