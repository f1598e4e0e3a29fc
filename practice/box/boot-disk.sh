# shellcheck shell=bash disable=SC2154 # the variables are those of build.sh
# Part of build.sh: a disk that a BIOS boots by itself, as Alpine's is: a small FAT with SYSLINUX and the kernel, and the system.

boot_mib=64

# partition STATUS TYPE FIRST SECTORS: an entry of the table; addresses by cylinder say "beyond", as all do today.
partition() {
    local number bytes
    printf '%b' "\\x$1\\xfe\\xff\\xff\\x$2\\xfe\\xff\\xff"
    for number in "$3" "$4"; do
        bytes=$(printf '\\x%02x' $((number & 255)) $((number >> 8 & 255)) $((number >> 16 & 255)) $((number >> 24 & 255)))
        printf '%b' "$bytes"
    done
}

# build_boot_disk FILE INITRD
build_boot_disk() {
    local raw=$1.raw boot=$1.boot tools=$packages/all start=$((1024 * 1024)) from
    from=$((start + boot_mib * 1024 * 1024))
    rm -f "$raw" "$boot"
    truncate -s "${disk_size}G" "$raw"
    {
        head -c 440 "$tools/usr/lib/syslinux/mbr/mbr.bin"
        printf 'PRAC\0\0'
        partition 80 0c 2048 $((boot_mib * 2048))
        partition 00 83 $((from / 512)) $((disk_size * 2097152 - from / 512))
        head -c 32 /dev/zero
        printf '\x55\xaa'
    } | dd of="$raw" conv=notrunc status=none
    # The loader finds itself by the sectors ahead of its file system.
    "$tools/sbin/mkfs.fat" -h 2048 -C "$boot" $((boot_mib * 1024)) >/dev/null || fail "cannot make the image's boot partition"
    printf 'DEFAULT system\nPROMPT 0\nTIMEOUT 0\nLABEL system\n  LINUX vmlinuz\n  INITRD initrd\n  APPEND root=/dev/vda2 console=ttyS0 quiet net.ifnames=0 mitigations=off tsc=unstable cgroup_no_v1=all\n' \
        >"$packages/syslinux.cfg"
    # Mtools' own settings want a known geometry of each disk.
    export MTOOLS_SKIP_CHECK=1
    PATH=$tools/usr/bin:$PATH syslinux --install "$boot" || fail "cannot install the image's boot loader"
    PATH=$tools/usr/bin:$PATH mcopy -i "$boot" "$tools"/boot/vmlinuz-* ::vmlinuz
    PATH=$tools/usr/bin:$PATH mcopy -i "$boot" "$2" ::initrd
    PATH=$tools/usr/bin:$PATH mcopy -i "$boot" "$packages/syslinux.cfg" ::syslinux.cfg
    dd if="$boot" of="$raw" bs=1M seek=1 conv=notrunc,sparse status=none
    mke2fs -q -t ext4 -O ^metadata_csum -m 0 -N 131072 -E "offset=$from,lazy_itable_init=0,lazy_journal_init=0,root_owner=0:0" \
        -d "$root" "$raw" $((disk_size * 1024 - boot_mib - 2))M >/dev/null || fail "cannot make the image's file system"
    qemu-img convert -c -O qcow2 "$raw" "$1" || fail "cannot make the image"
    rm "$raw" "$boot"
}
