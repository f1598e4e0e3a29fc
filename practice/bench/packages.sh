# shellcheck shell=bash disable=SC2154 # the variables are those of bench.sh
# Part of bench.sh: the Debian packages on this computer.

# libvirt-daemon-system stays out: it pulls an init system in, and all it would
# give are two users and settings that the bench has of its own.
bench_packages=(vagrant vagrant-libvirt libvirt-daemon libvirt-daemon-driver-qemu libvirt-clients dnsmasq-base iptables
    qemu-system-x86 qemu-utils e2fsprogs cpio lz4 iproute2 util-linux openssh-client)

missing_packages() {
    local package
    for package in "${bench_packages[@]}"; do
        dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed || printf '%s\n' "$package"
    done
}

need_packages() {
    local absent
    command -v dpkg-query >/dev/null || missing "this computer has no dpkg: the bench is made for Debian 12"
    absent=$(missing_packages | tr '\n' ' ')
    [ -z "$absent" ] || missing "these Debian packages are missing: $absent- 'bench.sh install' installs them"
}

# No service may start on its own: the bench runs its own libvirtd.
apt_install() {
    mkdir -p "$home"
    DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -y -qq --no-install-recommends "$@" \
        >"$home/install.log" 2>&1
}

install_packages() {
    local absent
    command -v apt-get >/dev/null || missing "this computer has no apt-get: the bench is made for Debian 12"
    mapfile -t absent < <(missing_packages)
    if [ ${#absent[@]} -eq 0 ]; then
        say "all ${#bench_packages[@]} Debian packages are installed"
        return 0
    fi
    say "will install these Debian packages with what they depend on: ${absent[*]}"
    need_root install
    if ! apt-cache show vagrant-libvirt >/dev/null 2>&1 || ! apt_install "${absent[@]}"; then
        say "fetching Debian's package lists, which are missing or old"
        apt-get update -qq || missing "apt-get update failed: is a Debian mirror reachable?"
        if ! apt_install "${absent[@]}"; then
            tail -n 15 "$home/install.log" >&2
            missing "apt-get install failed; the whole output is in $home/install.log"
        fi
    fi
    say "installed: ${absent[*]}"
}
