#!/bin/bash
# Builds what stands in for Alpine's cloud image where Alpine cannot be had, and prints the folder: base.qcow2 with its sum
# beside it, and packages/, the packages of a mirror. It is the practice machine without what the recipe of boxes/ installs,
# with a boot loader, and with doubles of apk, adduser and tiny-cloud that refuse what the recipe has not been seen to ask.
# Needs root: the tree holds files of several owners and setuid programs.
set -euo pipefail

box=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
practice=$(dirname "$box")
# What the parts of the machine take for the folder that they are in.
here=$practice/machine

# shellcheck source=practice/common.sh
. "$practice/common.sh"
# shellcheck source=practice/node/fetch.sh
. "$practice/node/fetch.sh"
# shellcheck source=practice/machine/kernel.sh
. "$here/kernel.sh"
# shellcheck source=practice/machine/disk.sh
. "$here/disk.sh"
# shellcheck source=practice/box/packages.sh
. "$box/packages.sh"
# shellcheck source=practice/box/boot-disk.sh
. "$box/boot-disk.sh"

# The list's lines without comments and empty ones.
entries() { sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$1"; }

# What the recipe brings: a login, and what runs in the background.
strip_root() {
    sed -i '/^vagrant:/d; s/,vagrant//' "$root"/etc/{passwd,shadow,group}
    rm -rf "$root/home/vagrant" "$root/etc/alpine-k8s" "$root/var/lib/containerd" "$root/usr/share/practice"
    sed -i '/vagrant/d' "$root/etc/doas.conf" "$root/etc/sudoers"
    printf '#includedir /etc/sudoers.d\n' >>"$root/etc/sudoers"
    printf '3.13.12\n' >"$root/etc/alpine-release"
    sed -i 's/^VERSION_ID=.*/VERSION_ID=3.13.12/; s/^PRETTY_NAME=.*/PRETTY_NAME="Alpine Linux v3.13 (practice image)"/' "$root/etc/os-release"
}

dress_root() {
    cp -r "$box/root/." "$root/"
    chmod 0755 "$root/sbin/apk" "$root/usr/sbin/adduser" "$root/etc/init.d/tiny-cloud-final"
    ln -s /etc/init.d/tiny-cloud-final "$root/etc/runlevels/default/tiny-cloud-final"
    printf '/dev/vda2\t/\text4\trw,relatime 0 1\n' >"$root/etc/fstab"
    chown -R 0:0 "$root/etc" "$root/sbin/apk" "$root/usr/sbin/adduser" "$root/usr/share/practice"
    chmod 0440 "$root/etc/sudoers"
    chmod 0400 "$root/etc/doas.conf"
    chmod 0600 "$root/etc/shadow"
}

# build_base NODE FOLDER
build_base() {
    local node=$1 packages=$2/fetched root=$2/root folder=$2
    rm -rf "$packages" "$root"
    mkdir -p "$packages" "$root" "$folder/packages"
    fetch_kernel
    fetch_packages "$box/packages.txt" "$packages"
    say "building the image that stands in for Alpine's"
    unpack_node "$node"
    dress_node
    add_modules
    take_packages "$folder/packages"
    strip_root
    dress_root
    build_initramfs "$folder/initrd"
    build_boot_disk "$folder/base.qcow2" "$folder/initrd"
    (cd "$folder" && sha512sum base.qcow2 | cut -d' ' -f1 >base.qcow2.sha512)
    rm -rf "$packages" "$root" "$folder/initrd"
}

need_root "building the image" "owners of files"
install_packages "building the image, and boxes of it" qemu-system-x86 qemu-utils e2fsprogs cpio
need_cache
node=$(bash "$practice/node/build.sh") || exit $?
key=$(key_of "$node" "$(hash_of "$practice" box machine node/fetch.sh)")
built box "$key" build_base "$node"
printf '%s\n' "$cache/box-$key"
