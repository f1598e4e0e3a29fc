#!/bin/bash
# Builds the practice machine, a Vagrant box for libvirt, and prints the file that was made, or was there: the practice
# node with a kernel of its own, and all images in containerd's store on its disk.
# Needs root: the node's tree holds files of several owners and setuid programs.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
practice=$(dirname "$here")

# shellcheck source=practice/common.sh
. "$practice/common.sh"
# shellcheck source=practice/node/fetch.sh
. "$practice/node/fetch.sh"
# shellcheck source=practice/machine/kernel.sh
. "$here/kernel.sh"
# shellcheck source=practice/machine/disk.sh
. "$here/disk.sh"

# The list's lines without comments and empty ones.
entries() { sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$1"; }

# build_machine NODE FOLDER: FOLDER/machine.box, of the node's archive.
build_machine() {
    local node=$1 packages=$2/packages root=$2/root box=$2/box
    rm -rf "$packages" "$root" "$box"
    mkdir -p "$packages" "$root" "$box"
    fetch_kernel
    say "building the machine's disk"
    unpack_node "$node"
    dress_node
    add_modules
    build_initramfs "$box/initrd.img"
    cp "$packages"/all/boot/vmlinuz-* "$box/vmlinuz"
    cp "$here/Vagrantfile" "$box/"
    build_disk "$box/box.img"
    printf '{"provider":"libvirt","format":"qcow2","virtual_size":%s}\n' "$disk_size" >"$box/metadata.json"
    tar -C "$box" -cf "$2/machine.box" metadata.json Vagrantfile vmlinuz initrd.img box.img
    rm -rf "$packages" "$root" "$box"
}

need_root "building the machine" "owners of files"
need_cache
node=$(bash "$practice/node/build.sh") || exit $?
key=$(key_of "$node" "$(hash_of "$practice" machine node/fetch.sh)")
built machine "$key" build_machine "$node"
printf '%s\n' "$cache/machine-$key/machine.box"
