#!/bin/sh
# Besides ours: what nodes need to mount NFS volumes.
set -eu

apk add nfs-utils
mkdir -p /etc/modules-load.d
echo nfs >/etc/modules-load.d/storage.conf
