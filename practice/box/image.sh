# shellcheck shell=bash disable=SC2154 # the variables are those of build.sh
# Part of build.sh: kernel, initramfs, disk image and the box file.

# The kernel unpacked: QEMU starts an ELF kernel faster than a compressed one.
unpack_kernel() {
    local vmlinuz offset
    vmlinuz=$(echo "$packages"/all/boot/vmlinuz-*)
    # 02 21 4c 18 begins an LZ4 stream of the kernel's (legacy) kind.
    offset=$(LC_ALL=C grep -obUaP -m 1 '\x02\x21\x4c\x18' "$vmlinuz" | head -n 1 | cut -d: -f1)
    [ -n "$offset" ] || fail "$vmlinuz holds no LZ4 stream"
    # What follows the stream in the file makes lz4 complain; the header tells.
    tail -c "+$((offset + 1))" "$vmlinuz" | lz4 -qdc >"$1" 2>/dev/null || true
    [ "$(head -c 4 "$1" | tr -d '\0')" = $'\177ELF' ] || fail "the kernel cannot be unpacked"
}

build_initramfs() {
    local tree=$work/initramfs release name
    release=$(cat "$work/kernel-release")
    rm -rf "$tree"
    mkdir -p "$tree"/{bin,dev,proc,modules,newroot}
    cp "$packages/static/bin/busybox" "$tree/bin/busybox"
    install -m 0755 "$here/initramfs-init" "$tree/init"
    for name in virtio_ring virtio virtio_pci_modern_dev virtio_pci_legacy_dev virtio_pci \
        virtio_blk failover net_failover virtio_net; do
        find "$packages/all/lib/modules/$release" -name "$name.ko" -exec cp {} "$tree/modules/" \;
        [ -f "$tree/modules/$name.ko" ] || fail "the kernel package has no module $name"
    done
    (cd "$tree" && find . | cpio --quiet -o -H newc -R 0:0) >"$1"
}

build_box() {
    local out=$work/out
    say "building the disk image"
    rm -rf "$out"
    mkdir -p "$out"
    unpack_kernel "$out/vmlinux"
    build_initramfs "$out/initrd.img"
    # Few inodes, and their tables written here: else the guest's kernel would do it at its first boot.
    mke2fs -q -t ext4 -O ^metadata_csum -J size=8 -m 0 -N 65536 -E lazy_itable_init=0,lazy_journal_init=0,root_owner=0:0 \
        -d "$root" "$work/disk.raw" 8192M >/dev/null
    qemu-img convert -c -O qcow2 "$work/disk.raw" "$out/box.img"
    rm "$work/disk.raw"
    printf '{"provider":"libvirt","format":"qcow2","virtual_size":8}\n' >"$out/metadata.json"
    cp "$here/Vagrantfile" "$out/"
    mkdir -p "$(dirname "$box")"
    tar -C "$out" -cf "$box.new" metadata.json Vagrantfile vmlinux initrd.img box.img
    mv "$box.new" "$box"
}
