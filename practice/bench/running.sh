# shellcheck shell=bash disable=SC2154 # the variables are those of bench.sh
# Part of bench.sh: start, stop, status, exec.
#
# The bench is a network, mount, uts and ipc namespace with one process that
# keeps them (keeper.sh). It shares the computer's process ids: what runs in it
# is a plain process of its caller, so exit codes, signals and terminals need
# no helper in between. What belongs to the bench is known by its mount table,
# in which /run is a file system with the bench's name as its source.

# The name of this home's bench in mount tables.
bench_mark() { printf 'alpine-k8s-practice-%s\n' "$(printf '%s' "$home" | sha256sum | cut -c1-16)"; }

# The processes of the bench, from the mount table of each distinct mount namespace.
bench_processes() {
    local mark dir space known=' ' ours=' '
    mark=$(bench_mark)
    for dir in /proc/[0-9]*; do
        space=$(readlink "$dir/ns/mnt" 2>/dev/null) || continue
        case $known in
            *" $space "*) ;;
            *)
                known+="$space "
                if grep -q " - tmpfs $mark " "$dir/mountinfo" 2>/dev/null; then ours+="$space "; fi
                ;;
        esac
        case $ours in *" $space "*) printf '%s\n' "${dir#/proc/}" ;; esac
    done
}

# The keeper's process id, when the one in the file is really ours.
keeper() {
    local pid
    pid=$(cat "$home/keeper.pid" 2>/dev/null) || return 1
    [[ $pid =~ ^[0-9]+$ ]] || return 1
    grep -q " - tmpfs $(bench_mark) " "/proc/$pid/mountinfo" 2>/dev/null || return 1
    printf '%s\n' "$pid"
}

# Runs in the bench without replacing this shell.
inside() { nsenter --target "$1" --net --mount --uts --ipc -- "${@:2}"; }

libvirtd_answers() { inside "$1" virsh -q -c qemu:///system uri >/dev/null 2>&1; }

start_keeper() {
    local pid waited=0
    # Folders that only serve as places for the bench's own mounts.
    mkdir -p "$home" /etc/libvirt /var/lib/libvirt /var/cache/libvirt /var/log/libvirt
    setsid unshare --net --mount --uts --ipc --propagation private \
        bash "$bench/keeper.sh" "$home" "$(bench_mark)" </dev/null >"$home/bench.log" 2>&1 &
    pid=$!
    printf '%s\n' "$pid" >"$home/keeper.pid"
    # libvirtd asks QEMU what it can do at its first start: 10 s and more.
    until libvirtd_answers "$pid"; do
        waited=$((waited + 1))
        if [ "$waited" -gt 600 ] || ! kill -0 "$pid" 2>/dev/null; then
            tail -n 15 "$home/bench.log" >&2
            end_processes
            fail "the bench did not start; its log is $home/bench.log"
        fi
        sleep 0.2
    done
}

start_locked() {
    local pid
    if pid=$(keeper); then
        if libvirtd_answers "$pid"; then
            say "runs already (keeper $pid)"
            return 0
        fi
        say "its libvirtd does not answer: starting anew"
    fi
    end_processes
    start_keeper
    say "runs (keeper $(keeper)); bench.sh exec CMD enters, bench.sh stop ends it"
}

start_bench() {
    need_root start
    need_packages
    [ -c /dev/net/tun ] || missing "/dev/net/tun is missing: virtual machines could not get network cards"
    case $home in /run/*) refuse "the practice folder must not lie under /run" ;; esac
    with_lock bench start_locked
}

# Ends every process of the bench: first libvirtd in peace, then all at once.
end_processes() {
    local pids pid round
    pids=$(bench_processes)
    for pid in $pids; do
        case $(tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null) in
            */libvirtd\ *) kill -TERM "$pid" 2>/dev/null && sleep 0.5 ;;
        esac
    done
    for round in 1 2 3 4 5 6 7 8 9 10; do
        pids=$(bench_processes)
        [ -n "$pids" ] || break
        for pid in $pids; do kill -KILL "$pid" 2>/dev/null || true; done
        sleep "0.$round"
    done
    rm -f "$home/keeper.pid"
    [ -z "$(bench_processes)" ] || fail "these processes of the bench cannot be ended: $(bench_processes | tr '\n' ' ')"
}

stop_bench() {
    need_root stop
    if [ -z "$(bench_processes)" ]; then
        rm -f "$home/keeper.pid"
        say "does not run"
        return 0
    fi
    with_lock bench end_processes
    say "stopped"
}

bench_status() {
    local pid
    if ! pid=$(keeper); then
        say "does not run ($home)"
        exit 1
    fi
    need_root status
    libvirtd_answers "$pid" || fail "runs (keeper $pid), but its libvirtd does not answer: see $home/libvirtd.log"
    say "runs (keeper $pid, $home)"
    inside "$pid" virsh -c qemu:///system list --all
}

enter_bench() {
    local pid
    pid=$(keeper) || missing "the bench does not run: start it with '$0 start'"
    need_root exec
    export VAGRANT_HOME=$home/vagrant VAGRANT_DEFAULT_PROVIDER=libvirt VAGRANT_CHECKPOINT_DISABLE=1
    export LIBVIRT_DEFAULT_URI=qemu:///system PATH=$home/bin:$PATH
    # The folder is looked up again inside, where other mounts lie.
    # shellcheck disable=SC2016 # expanded by the inner shell
    exec nsenter --target "$pid" --net --mount --uts --ipc -- \
        /bin/sh -c 'cd "$1" || exit 4; shift; exec "$@"' sh "$PWD" "$@"
}
