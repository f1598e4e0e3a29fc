# shellcheck shell=bash disable=SC2154 # the variables are those of build.sh
# Part of build.sh: the node's tree, made one of a machine, and its disk.

# GiB; the file is as large as what is in it.
disk_size=8

# unpack_node ARCHIVE: the one layer of the node's Docker image.
unpack_node() {
    tar -xOf "$1" layer.tar | tar -x --numeric-owner -C "$root" || fail "cannot unpack the node $1"
}

# What a container leaves to its runtime, a machine does itself: disk, modules, network, control groups.
dress_node() {
    local service
    rm "$root/sbin/practice-container"
    cp -r "$here/root/." "$root/"
    cp "$packages/all/etc/init.d/cgroups" "$root/etc/init.d/"
    for service in killprocs mount-ro; do ln -s "/etc/init.d/$service" "$root/etc/runlevels/shutdown/$service"; done
    chown -R 0:0 "$root/etc/init.d" "$root/etc/network" "$root/etc/fstab" "$root/etc/inittab"
}

# Few inodes, and their tables written here: else the guest's kernel would do it at its first boot.
build_disk() {
    mke2fs -q -t ext4 -O ^metadata_csum -m 0 -N 131072 -E lazy_itable_init=0,lazy_journal_init=0,root_owner=0:0 \
        -d "$root" "$1.raw" "${disk_size}G" >/dev/null || fail "cannot make the machine's file system"
    qemu-img convert -c -o compression_type=zstd -O qcow2 "$1.raw" "$1" || fail "cannot make the machine's disk"
    rm "$1.raw"
}
