#!/bin/bash
# Makes the container images of the practice cluster: build.sh KUBERNETES PROGRAMS PACKAGES OUT
# KUBERNETES and PROGRAMS are the folders of built programs, PACKAGES the unpacked Debian packages. OUT becomes one OCI
# layout with all images, the same to the byte for the same input.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
kubernetes=${1:?usage: build.sh KUBERNETES PROGRAMS PACKAGES OUT}
programs=${2:?usage: build.sh KUBERNETES PROGRAMS PACKAGES OUT}
packages=${3:?usage: build.sh KUBERNETES PROGRAMS PACKAGES OUT}
out=${4:?usage: build.sh KUBERNETES PROGRAMS PACKAGES OUT}

# shellcheck source=practice/common.sh
. "$here/../common.sh"
# shellcheck source=practice/node/libraries.sh
. "$here/../node/libraries.sh"
# shellcheck source=practice/images/oci.sh
. "$here/oci.sh"

# The list's lines without comments and empty ones.
entries() { sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$1"; }

# put SOURCE PLACE: a file into the image that is being made; a program that loads libraries gets them at its end.
put() {
    mkdir -p "$tree$(dirname "$2")"
    cp -L "$1" "$tree$2"
}

# What a program needs that sets packet filters itself.
put_iptables() {
    local name
    put "$(packaged /usr/sbin/xtables-nft-multi)" /usr/sbin/xtables-nft-multi
    for name in iptables iptables-save iptables-restore ip6tables ip6tables-save ip6tables-restore; do
        ln -s xtables-nft-multi "$tree/usr/sbin/$name"
    done
    mkdir -p "$tree/usr/lib/x86_64-linux-gnu"
    cp -r "$(packaged /usr/lib/x86_64-linux-gnu/xtables)" "$tree/usr/lib/x86_64-linux-gnu/"
    mkdir -p "$tree/run"
}

# The names are those that kubeadm of this version asks for (kubeadm config images list).
version=$("$kubernetes/kubeadm" version -o short)
begin_images
for name in kube-apiserver kube-controller-manager kube-scheduler; do
    begin_image
    put "$kubernetes/$name" "/usr/local/bin/$name"
    end_image "k8s.gcr.io/$name:$version" "/usr/local/bin/$name"
done

begin_image
put "$kubernetes/kube-proxy" /usr/local/bin/kube-proxy
put_iptables
put "$(packaged /usr/sbin/conntrack)" /usr/sbin/conntrack
end_image "k8s.gcr.io/kube-proxy:$version" /usr/local/bin/kube-proxy

begin_image
put "$(packaged /usr/bin/etcd)" /usr/local/bin/etcd
put "$(packaged /usr/bin/etcdctl)" /usr/local/bin/etcdctl
end_image k8s.gcr.io/etcd:3.4.13-0 /usr/local/bin/etcd

begin_image
put "$programs/dns" /coredns
end_image k8s.gcr.io/coredns:1.7.0 /coredns

begin_image
put "$kubernetes/pause" /pause
end_image k8s.gcr.io/pause:3.2 /pause

# The agent calls one program for packet filters; image.txt says which files of Debian's it takes.
begin_image
put "$programs/network" /bin/network
put "$programs/cni" /opt/cni/bin/flannel
while read -r _ from to; do put "$(packaged "$from")" "${to:-$from}"; done < <(entries "$here/../programs/network/image.txt")
end_image docker.io/practice/network:1 /bin/network

begin_image
put "$programs/metrics" /metrics-server
end_image docker.io/practice/metrics-server:1 /metrics-server

# Carries the address of several masters (practice/catalogue/kube-vip.yaml): openssl asks the API server, busybox is its shell.
begin_image
put "$(packaged /usr/sbin/keepalived)" /usr/sbin/keepalived
put "$(packaged /usr/bin/openssl)" /usr/bin/openssl
put "$packages/static/bin/busybox" /bin/busybox
for name in sh cat chmod grep timeout; do ln -s busybox "$tree/bin/$name"; done
install -d -m 1777 "$tree/tmp"
mkdir -p "$tree/run" "$tree/etc/keepalived"
printf 'root:x:0:0:root:/:/bin/sh\n' >"$tree/etc/passwd"
printf 'root:x:0:\n' >"$tree/etc/group"
end_image docker.io/practice/keepalived:1 /usr/sbin/keepalived

# For users' own first pods and for the tests: a shell, a web server, nslookup.
begin_image
put "$packages/static/bin/busybox" /bin/busybox
for name in sh ash cat echo env grep hostname httpd id ip kill ls mkdir nc nslookup ping ps rm sleep touch wget; do
    ln -s busybox "$tree/bin/$name"
done
install -d -m 1777 "$tree/tmp"
mkdir -p "$tree/www" "$tree/etc"
printf 'root:x:0:0:root:/:/bin/sh\n' >"$tree/etc/passwd"
end_image docker.io/practice/busybox:1 /bin/sh
end_images
