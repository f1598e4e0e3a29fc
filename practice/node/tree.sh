# shellcheck shell=bash disable=SC2154 # the variables are those of build.sh
# Part of build.sh: the root file system of a node.

# Copies a program (SOURCE, PLACE) with its mode; links are followed.
copy_program() {
    local from
    from=$(packaged "$1")
    mkdir -p "$root$(dirname "$2")"
    cp -L --preserve=mode,timestamps "$from" "$root$2"
}

# The static BusyBox serves every applet, the dynamic one is the shell: the
# static shell runs applets in-process before it looks at PATH, Alpine's does not.
tree_busybox() {
    local applet place
    cp "$packages/static/bin/busybox" "$root/bin/busybox"
    cp "$packages/all/bin/busybox" "$root/bin/busybox.dyn"
    while read -r applet; do
        place=$root/$applet
        [ "${applet##*/}" = busybox ] && continue
        mkdir -p "${place%/*}"
        ln -sf /bin/busybox "$place"
    done < <("$packages/static/bin/busybox" --list-full)
    # Alpine's BusyBox has no package tools.
    find "$root" -type l \( -name rpm -o -name rpm2cpio -o -name dpkg \) -delete
    ln -sf /bin/busybox.dyn "$root/bin/sh"
    ln -sf /bin/busybox.dyn "$root/bin/ash"
    cp "$packages/static/bin/busybox" "$root/bin/bbsuid"
    chmod 4755 "$root/bin/bbsuid"
    ln -sf /bin/bbsuid "$root/bin/su"
}

# A program of the list replaces the applet of the same name wherever that lies.
tree_programs() {
    local from to name
    while read -r from to; do
        to=${to:-$from}
        name=${to##*/}
        rm -f "$root/bin/$name" "$root/sbin/$name" "$root/usr/bin/$name" "$root/usr/sbin/$name"
        copy_program "$from" "$to"
    done < <(entries "$here/programs.txt")
    chmod 4755 "$root/usr/bin/sudo" "$root/usr/bin/doas"
    for name in iptables ip6tables iptables-save ip6tables-save iptables-restore ip6tables-restore ebtables; do
        ln -sf xtables-nft-multi "$root/usr/sbin/$name"
    done
    mkdir -p "$root/usr/lib/x86_64-linux-gnu" "$root/usr/libexec/sudo" "$root/lib/x86_64-linux-gnu/security"
    cp -r "$(packaged /usr/lib/x86_64-linux-gnu/xtables)" "$root/usr/lib/x86_64-linux-gnu/"
    cp -L "$packages"/all/usr/libexec/sudo/{sudoers.so,libsudo_util.so.0} "$root/usr/libexec/sudo/"
    cp "$(packaged /lib/x86_64-linux-gnu/security/pam_permit.so)" "$root/lib/x86_64-linux-gnu/security/"
    cp -r "$packages/all/lib/rc" "$root/lib/"
    cp "$packages/all/etc/init.d/cgroups" "$root/etc/init.d/"
}

# What Debian's packages do not bring: Kubernetes' own programs and ours.
tree_kubernetes() {
    local name
    for name in kubeadm kubelet kubectl; do install -m 0755 "$kubernetes/$name" "$root/usr/bin/$name"; done
    install -m 0755 "$programs/crictl" "$root/usr/bin/crictl"
    # Where Alpine's package cni-plugins puts them.
    mkdir -p "$root/usr/libexec/cni"
    for name in bridge host-local loopback portmap; do
        copy_program "/usr/lib/cni/$name" "/usr/libexec/cni/$name"
    done
}

tree_libraries() {
    add_libraries "$root"
    cp -L "$packages"/all/lib/librc.so.1 "$packages"/all/lib/libeinfo.so.1 "$root/lib/" 2>/dev/null || true
    printf '/lib/x86_64-linux-gnu\n/usr/lib/x86_64-linux-gnu\n/lib\n/usr/lib\n' >"$root/etc/ld.so.conf"
    ldconfig -r "$root"
}

# Files in Alpine's shape, then those of a container over them.
tree_files() {
    local service level
    cp -r "$here/root/." "$root/"
    cp -r "$1/root/." "$root/"
    : >"$root/etc/insserv.conf" # Debian's OpenRC complains at every service without these two
    mkdir -p "$root"/etc/{insserv.conf.d,network/if-{pre-up,up,down,post-down,pre-down,post-up}.d,local.d,modules-load.d,sysctl.d,profile.d,runlevels/{sysinit,boot,default,shutdown}} \
        "$root"/var/{empty,log/kubelet,lib/kubelet,cache,spool,tmp} "$root/etc/kubernetes"
    ln -sfn /run "$root/var/run"
    ln -sfn /run/lock "$root/var/lock"
    while read -r level service; do
        ln -sf "/etc/init.d/$service" "$root/etc/runlevels/$level/$service"
    done < <(entries "$1/services.txt")
    install -d -m 0700 "$root/home/vagrant/.ssh"
    cat "$packages"/all/usr/share/rubygems-integration/all/gems/vagrant-*/keys/vagrant.pub \
        >"$root/home/vagrant/.ssh/authorized_keys" || fail "Vagrant's public key is not in its package"
    chmod 0600 "$root/home/vagrant/.ssh/authorized_keys"
}

# build_tree FOLDER-OF-A-CONTAINER: all but containerd's store, and owners.
build_tree() {
    say "building the node's tree"
    rm -rf "$root"
    mkdir -p "$root"/{bin,sbin,usr/{bin,sbin,lib,local/{bin,sbin,lib}},lib,etc/init.d,dev,proc,sys,run,mnt,media,opt,srv,newroot,root}
    install -d -m 1777 "$root/tmp" "$root/var/tmp"
    tree_busybox
    tree_programs
    tree_kubernetes
    tree_files "$1"
    tree_libraries
}

# Last, as a change of owner takes the setuid bit away.
tree_owners() {
    chown -R 0:0 "$root"
    chown -R 1000:1000 "$root/home/vagrant"
    chmod 0700 "$root/root"
    chmod 0600 "$root/etc/shadow"
    chmod 0440 "$root/etc/sudoers"
    chmod 0400 "$root/etc/doas.conf"
    chmod 4755 "$root/bin/bbsuid" "$root/usr/bin/sudo" "$root/usr/bin/doas"
}
