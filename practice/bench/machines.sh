# shellcheck shell=bash disable=SC2154 # the variables are those of bench.sh
# Part of bench.sh: emulated machines, by a libvirtd in the bench. Only what asks for them needs their packages.

# libvirt-daemon-system stays out: it pulls an init system in, and all it would give are two users and settings that the
# bench has of its own.
machine_packages=(vagrant-libvirt libvirt-daemon libvirt-daemon-driver-qemu libvirt-clients dnsmasq-base qemu-system-x86
    qemu-utils e2fsprogs cpio)

libvirtd_answers() { inside "$1" virsh -q -c qemu:///system uri >/dev/null 2>&1; }

start_libvirtd() {
    local target pid waited=0
    target=$(keeper) || missing "the bench does not run: start it with '$0 start'"
    if libvirtd_answers "$target"; then return 0; fi
    # Folders that only serve as places for the bench's own mounts.
    mkdir -p /etc/libvirt /var/lib/libvirt /var/cache/libvirt /var/log/libvirt
    setsid nsenter --target "$target" --net --mount --uts --ipc -- \
        bash "$bench/libvirtd.sh" "$home" </dev/null >"$home/libvirtd.log" 2>&1 &
    pid=$!
    # It asks QEMU what it can do at its first start: 10 s and more.
    until libvirtd_answers "$target"; do
        waited=$((waited + 1))
        if [ "$waited" -gt 600 ] || ! kill -0 "$pid" 2>/dev/null; then
            fail "the bench's libvirtd did not start: $(tail -n 5 "$home/libvirtd.log"); its log is $home/libvirtd.log"
        fi
        sleep 0.2
    done
    say "the bench carries emulated machines; bench.sh exec virsh list --all shows them"
}

start_machines() {
    local box
    need_root "emulated machines" "network cards, owners of files"
    install_packages "emulated machines" "${machine_packages[@]}"
    [ -c /dev/net/tun ] ||
        missing "/dev/net/tun is missing: emulated machines could not get network cards; load the module with: modprobe tun"
    box=$(bash "$practice/machine/build.sh") || exit $?
    with_lock "$home/bench.lock" start_libvirtd
    printf '%s\n' "$box"
}
