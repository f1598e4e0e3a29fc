# shellcheck shell=bash disable=SC2154 # the variables are those of build.sh
# Part of build.sh: the folder that becomes the box's disk.

# Finds a file of the packages under its name or the merged one (/bin, /usr/bin).
packaged() {
    local path
    for path in "$packages/all$1" "$packages/all/usr$1" "$packages/all${1#/usr}"; do
        if [ -e "$path" ]; then
            printf '%s\n' "$path"
            return 0
        fi
    done
    fail "no Debian package in the list has $1"
}

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
    "$packages/static/bin/busybox" --list-full >"$work/applets.txt"
    while read -r applet; do
        place=$root/$applet
        [ "${applet##*/}" = busybox ] && continue
        mkdir -p "${place%/*}"
        ln -sf /bin/busybox "$place"
    done <"$work/applets.txt"
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

# Python without what the stand-ins have no use for; compiled beforehand, as
# that is slow in an emulated machine.
tree_python() {
    local lib=$root/usr/lib/python3.11
    cp -r "$packages/all/usr/lib/python3.11" "$root/usr/lib/"
    mkdir -p "$root/usr/lib/python3"
    cp -r "$packages/all/usr/lib/python3/dist-packages" "$root/usr/lib/python3/"
    rm -rf "$lib"/{test,idlelib,tkinter,turtledemo,lib2to3,pydoc_data,ensurepip,distutils,unittest,config-*} \
        "$lib"/lib-dynload/{_curses,_tkinter,_dbm,_gdbm,_sqlite3,readline,_test,_xx,xx}* \
        "$root"/usr/lib/python3/dist-packages/*.{dist,egg}-info
    ln -sf python3.11 "$root/usr/bin/python3"
}

compile_python() {
    chroot "$root" /usr/bin/python3 -m compileall -q --invalidation-mode unchecked-hash \
        /usr/lib/python3.11 /usr/lib/python3/dist-packages >"$work/compile.log" 2>&1 ||
        fail "Python's modules do not compile: see $work/compile.log"
    [ -d "$root/usr/local/lib/practice" ] || return 0
    chroot "$root" /usr/bin/python3 -m compileall -q --invalidation-mode unchecked-hash \
        /usr/local/lib/practice >>"$work/compile.log" 2>&1 ||
        fail "the stand-ins do not compile: see $work/compile.log"
}

# Every shared library that the tree's programs and libraries ask for.
tree_libraries() {
    local lib=$packages/all/lib/x86_64-linux-gnu usrlib=$packages/all/usr/lib/x86_64-linux-gnu loader
    loader=$lib/ld-linux-x86-64.so.2
    mkdir -p "$root/lib64" "$root/lib/x86_64-linux-gnu"
    cp -L "$loader" "$root/lib/x86_64-linux-gnu/"
    ln -sf ../lib/x86_64-linux-gnu/ld-linux-x86-64.so.2 "$root/lib64/ld-linux-x86-64.so.2"
    find "$root" -type f \( -perm /111 -o -name '*.so*' \) ! -path "*/modules/*" -print0 |
        while IFS= read -r -d '' file; do
            [ "$(head -c 4 "$file" | tr -d '\0')" = $'\177ELF' ] || continue
            # A program linked statically makes the loader fail, which says nothing.
            ("$loader" --library-path "$lib:$usrlib:$root/lib:$root/usr/libexec/sudo" --list "$file" || true) 2>/dev/null
        done >"$work/libraries.txt"
    if grep 'not found' "$work/libraries.txt" | sort -u >&2; then
        fail "the libraries above are in no package of packages.txt"
    fi
    awk '$2 == "=>" && $3 ~ /^\// {print $3}' "$work/libraries.txt" | sort -u |
        while read -r file; do
            case $file in
                "$root"/*) ;;
                *) cp -L "$file" "$root/lib/x86_64-linux-gnu/" ;;
            esac
        done
    cp -L "$packages"/all/lib/librc.so.1 "$packages"/all/lib/libeinfo.so.1 "$root/lib/" 2>/dev/null || true
    printf '/lib/x86_64-linux-gnu\n/usr/lib/x86_64-linux-gnu\n/lib\n/usr/lib\n' >"$root/etc/ld.so.conf"
    ldconfig -r "$root"
}

# The modules of the list with what they depend on, and their index.
tree_modules() {
    local release from to name file
    from=$(echo "$packages"/all/lib/modules/*)
    release=${from##*/}
    to=$root/lib/modules/$release
    mkdir -p "$to" "$root/boot"
    cp "$from"/modules.{builtin,builtin.modinfo,order} "$to/"
    [ -e "$from/modules.dep" ] || "$packages/kmod/depmod" -b "$packages/all" "$release"
    {
        while read -r name; do
            find "$from/kernel" -name "$name.ko" -printf '%P\n' | sed 's,^,kernel/,'
        done < <(entries "$here/modules.txt")
    } | sort -u >"$work/modules.txt"
    awk -F: 'NR == FNR {want[$1]; next} $1 in want {print $1; n = split($2, a, " "); for (i = 1; i <= n; i++) print a[i]}' \
        "$work/modules.txt" "$from/modules.dep" | sort -u |
        while read -r file; do
            mkdir -p "$to/${file%/*}"
            cp "$from/$file" "$to/$file"
        done
    "$packages/kmod/depmod" -b "$root" "$release"
    cp "$packages"/all/boot/config-* "$root/boot/"
    printf '%s\n' "$release" >"$work/kernel-release"
}

# kmod's programs are links to one file that looks at its own name.
prepare_depmod() {
    mkdir -p "$packages/kmod"
    ln -sf "$(packaged /bin/kmod)" "$packages/kmod/depmod"
}

tree_files() {
    local service
    cp -r "$here/root/." "$root/"
    : >"$root/etc/insserv.conf" # Debian's OpenRC complains at every service without these two
    mkdir -p "$root"/etc/{insserv.conf.d,network/if-{pre-up,up,down,post-down,pre-down,post-up}.d,local.d,modules-load.d,sysctl.d,profile.d,runlevels/{sysinit,boot,default,shutdown}} \
        "$root"/var/{empty,log/kubelet,lib/kubelet,cache,spool,tmp} "$root/etc/kubernetes"
    ln -sfn /run "$root/var/run"
    ln -sfn /run/lock "$root/var/lock"
    for service in devfs sysfs; do ln -sf "/etc/init.d/$service" "$root/etc/runlevels/sysinit/$service"; done
    for service in root localmount hostname modules sysctl networking; do
        ln -sf "/etc/init.d/$service" "$root/etc/runlevels/boot/$service"
    done
    ln -sf /etc/init.d/sshd "$root/etc/runlevels/default/sshd"
    for service in killprocs mount-ro; do ln -sf "/etc/init.d/$service" "$root/etc/runlevels/shutdown/$service"; done
    install -d -m 0700 "$root/home/vagrant/.ssh"
    cat "$packages"/all/usr/share/rubygems-integration/all/gems/vagrant-*/keys/vagrant.pub \
        >"$root/home/vagrant/.ssh/authorized_keys" || fail "Vagrant's public key is not in its package"
    chmod 0600 "$root/home/vagrant/.ssh/authorized_keys"
}

# What costs most when a machine starts is starting programs, which is slow
# under emulation. OpenRC's own scripts therefore run in the static BusyBox'
# shell, whose applets need no new process, and the smallest of its helper
# programs are functions (openrc-functions.sh). Only start-stop-daemon must stay
# the real one, the applet knows too few options.
quicken_openrc() {
    local script
    for script in "$root"/lib/rc/sh/*.sh; do
        sed -i '1s,^#!/bin/sh.*,#!/bin/busybox sh,' "$script"
    done
    sed -i '1a alias start-stop-daemon=/sbin/start-stop-daemon' "$root/lib/rc/sh/openrc-run.sh"
    cat "$here/openrc-functions.sh" >>"$root/lib/rc/sh/functions.sh"
}

# Everything as it will be on the disk.
build_tree() {
    say "building the tree"
    rm -rf "$root"
    mkdir -p "$root"/{bin,sbin,usr/{bin,sbin,lib,local/{bin,sbin,lib}},lib,etc/init.d,dev,proc,sys,run,mnt,media,opt,srv,newroot,root}
    install -d -m 1777 "$root/tmp" "$root/var/tmp"
    prepare_depmod
    tree_busybox
    tree_programs
    tree_python
    tree_modules
    tree_files
    if [ -f "$here/../standins/install.sh" ]; then
        sh "$here/../standins/install.sh" "$root" "$version" || fail "the stand-ins do not install"
    fi
    tree_libraries
    compile_python
    quicken_openrc
    chown -R 0:0 "$root"
    chown -R 1000:1000 "$root/home/vagrant"
    chmod 0700 "$root/root"
    chmod 0600 "$root/etc/shadow"
    chmod 0440 "$root/etc/sudoers"
    chmod 0400 "$root/etc/doas.conf"
    chmod 4755 "$root/bin/bbsuid" "$root/usr/bin/sudo" "$root/usr/bin/doas" # chown took it away
}
