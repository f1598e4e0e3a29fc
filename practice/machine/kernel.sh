# shellcheck shell=bash disable=SC2154 # the variables are those of build.sh
# Part of build.sh: Debian's kernel, its modules, and the first programs after it.

# The image that linux-image-cloud-amd64 depends on.
kernel_package() { apt-cache depends linux-image-cloud-amd64 2>/dev/null | awk '$1 == "Depends:" {print $2; exit}'; }

# $packages becomes the unpacked packages, $release the kernel's.
fetch_kernel() {
    local name
    name=$(kernel_package)
    if [ -z "$name" ]; then
        apt-get update -qq || missing "apt-get update failed: is a Debian mirror reachable?"
        name=$(kernel_package)
        [ -n "$name" ] || missing "Debian's package lists name no linux-image-cloud-amd64, the kernel of the machines"
    fi
    # OpenRC once more, as a node that is a container lacks its service for control groups.
    printf '%s\n' "$name" openrc busybox-static >"$packages/wanted.txt"
    fetch_packages "$packages/wanted.txt" "$packages"
    release=${name#linux-image-}
}

depmod() { "$packages/static/bin/busybox" depmod -b "$1" "$release"; }

# The modules of the list with what they depend on, and their index.
add_modules() {
    local from=$packages/all/lib/modules/$release to=$root/lib/modules/$release name file
    mkdir -p "$to" "$root/boot"
    cp "$from"/modules.{builtin,builtin.modinfo,order} "$to/"
    cp "$packages"/all/boot/config-* "$root/boot/"
    depmod "$packages/all"
    while read -r name; do
        find "$from/kernel" -name "$name.ko" -printf 'kernel/%P\n'
    done < <(entries "$here/modules.txt") | sort -u >"$packages/modules.txt"
    awk -F: 'NR == FNR {want[$1]; next} $1 in want {print $1; n = split($2, a, " "); for (i = 1; i <= n; i++) print a[i]}' \
        "$packages/modules.txt" "$from/modules.dep" | sort -u |
        while read -r file; do
            mkdir -p "$to/${file%/*}"
            cp "$from/$file" "$to/$file"
        done
    depmod "$root"
}

# Just enough to find the disk: the drivers, in the order in which initramfs-init loads them.
build_initramfs() {
    local tree=$packages/initramfs name
    mkdir -p "$tree"/{bin,dev,modules,newroot}
    cp "$packages/static/bin/busybox" "$tree/bin/busybox"
    install -m 0755 "$here/initramfs-init" "$tree/init"
    for name in virtio_ring virtio virtio_pci_modern_dev virtio_pci_legacy_dev virtio_pci \
        virtio_blk failover net_failover virtio_net; do
        find "$packages/all/lib/modules/$release" -name "$name.ko" -exec cp {} "$tree/modules/" \;
        [ -f "$tree/modules/$name.ko" ] || fail "the kernel package has no module $name"
    done
    (cd "$tree" && find . | cpio --quiet -o -H newc -R 0:0) >"$1"
}
