#!/bin/bash
# Becomes the bench's libvirtd: libvirtd.sh HOME. Started by machines.sh in the namespaces of the bench, where its folders
# and settings hide the computer's.
set -euo pipefail

home=$1

# shellcheck source=practice/bench/own.sh
. "$(dirname "${BASH_SOURCE[0]}")/own.sh"

# A line for a user or group that this computer has not; libvirt refuses to start without these, whatever its settings say.
unless_known() { getent "$1" "$2" >/dev/null || printf '%s\n' "$3"; }

# All of it once in a bench: its mounts stay when libvirtd ends.
take_places() {
    local users groups
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
    own_folder /var/lib/libvirt libvirt/lib
    own_folder /var/cache/libvirt libvirt/cache
    own_folder /var/log/libvirt libvirt/log
    own_folder /etc/libvirt libvirt/etc
}

mountpoint -q /etc/libvirt || take_places
mkdir -p /run/libvirt
cat >/etc/libvirt/libvirtd.conf <<'EOF'
auth_unix_ro = "none"
auth_unix_rw = "none"
unix_sock_group = "root"
EOF
# Machines are plain processes of the bench, so that it ends them with everything else.
cat >/etc/libvirt/qemu.conf <<'EOF'
user = "root"
group = "root"
dynamic_ownership = 0
remember_owner = 0
security_driver = "none"
cgroup_controllers = [ ]
namespaces = [ ]
stdio_handler = "file"
EOF
exec libvirtd
