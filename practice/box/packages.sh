# shellcheck shell=bash disable=SC2154 # the variables are those of build.sh
# Part of build.sh: what a mirror of Alpine would have, as archives by the names of Alpine's packages.

# package FOLDER NAME PATH…: FOLDER/NAME.tar of these paths, which leave the tree.
package() {
    local folder=$1 name=$2
    shift 2
    tar -C "$root" --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -cf "$folder/$name.tar" "$@"
    (cd "$root" && rm -rf "$@")
}

# take_packages FOLDER
take_packages() {
    local folder=$1
    # There is no such service on Debian's BusyBox, and the clock of a practice machine is that of its computer.
    mkdir -p "$root/etc/init.d"
    printf '#!/sbin/openrc-run\ndescription="Keeps no clock"\nstart() { return 0; }\n' >"$root/etc/init.d/chronyd"
    chmod 0755 "$root/etc/init.d/chronyd"
    package "$folder" chrony etc/init.d/chronyd
    package "$folder" containerd usr/bin/containerd usr/bin/containerd-shim-runc-v2 etc/containerd etc/init.d/containerd etc/conf.d/containerd
    package "$folder" runc usr/sbin/runc
    package "$folder" cri-tools usr/bin/crictl
    package "$folder" kubeadm usr/bin/kubeadm
    package "$folder" kubelet usr/bin/kubelet etc/init.d/kubelet etc/conf.d/kubelet
    package "$folder" cni-plugins usr/libexec/cni
    rm -f "$root/usr/bin/kubectl" "$root/usr/bin/ctr" "$root/usr/bin/etcdctl"
}
