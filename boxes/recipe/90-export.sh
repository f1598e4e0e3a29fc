#!/bin/sh
# Writes the tree of the root file system as a tar archive to the disk whose serial number is BOX_DISK, and gives free space
# back. The disk ends with zeros, as an archive does.
set -eu
: "${BOX_DISK:?the serial number of the disk}"

disk=''
for serial in /sys/block/*/serial; do
  [ -f "$serial" ] || continue
  [ "$(cat "$serial")" != "$BOX_DISK" ] || disk=${serial%/serial}
done
: "${disk:?no disk has the serial number $BOX_DISK}"

tree=/mnt/alpine-k8s-tree
mkdir -p "$tree"
# A mount of its own: what else is mounted below / is no part of it.
mount --bind / "$tree"
trap 'umount "$tree" && rmdir "$tree"' EXIT
tar -C "$tree" -cf "/dev/${disk##*/}" .
sync
fstrim / 2>/dev/null || :
