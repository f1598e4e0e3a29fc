# shellcheck shell=bash
# Part of bench.sh: the Debian packages on this computer.

bench_packages=(vagrant docker.io iptables iproute2 util-linux openssh-client jq busybox-static)

need_packages() {
    local absent
    command -v dpkg-query >/dev/null || missing "this computer has no dpkg: the bench is made for Debian 12"
    absent=$(packages_absent "${bench_packages[@]}" | tr '\n' ' ')
    [ -z "$absent" ] || missing "these Debian packages are missing: $absent- 'bench.sh install' installs them"
}
