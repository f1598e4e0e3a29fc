# shellcheck shell=bash disable=SC2154 # the variables are those of bench.sh
# Part of bench.sh: which processes are the bench's, and their end.
#
# What runs in the bench is known by its mount table, in which /run is a file
# system with the bench's name as its source; what runs in a node that is a
# container by its control group, below one with the bench's name. So those of a
# bench that was killed are found, too.

# The name of this home's bench in mount tables and control groups.
bench_mark() { printf 'alpine-k8s-practice-%s\n' "$(printf '%s' "$home" | sha256sum | cut -c1-16)"; }

# The control groups of the bench's containers, in each hierarchy (one with cgroup v2), the deepest first.
bench_groups() {
    find /sys/fs/cgroup -mindepth 1 -maxdepth 2 -type d -name "$(bench_mark)" -exec find {} -depth -type d \; 2>/dev/null
}

# The processes of the bench, from the mount table of each distinct mount namespace, and of its containers.
bench_processes() {
    local mark file dir space group known=' ' ours=' '
    mark=$(bench_mark)
    # One program for all of them: on a busy computer a program for each process takes half a minute.
    while read -r file space; do
        dir=${file%/ns/mnt}
        case $known in
            *" $space "*) ;;
            *)
                known+="$space "
                if grep -q " - tmpfs $mark " "$dir/mountinfo" 2>/dev/null; then ours+="$space "; fi
                ;;
        esac
        case $ours in *" $space "*) printf '%s\n' "${dir#/proc/}" ;; esac
    done < <(stat --dereference --format '%n %i' /proc/[0-9]*/ns/mnt 2>/dev/null)
    for group in $(bench_groups); do
        cat "$group/cgroup.procs" 2>/dev/null || true
    done
}

# Ends every process of the bench at once.
end_processes() {
    local pids pid round
    for round in 1 2 3 4 5 6 7 8 9 10; do
        pids=$(bench_processes)
        [ -n "$pids" ] || break
        for pid in $pids; do kill -KILL "$pid" 2>/dev/null || true; done
        sleep "0.$round"
    done
    rm -f "$home/keeper.pid"
    [ -z "$(bench_processes)" ] || fail "these processes of the bench cannot be ended: $(bench_processes | tr '\n' ' ')"
    for pid in $(bench_groups); do rmdir "$pid" 2>/dev/null || true; done
}
