# shellcheck shell=bash disable=SC2154 # the variables are those of bench.sh
# Part of bench.sh: start, stop, status, exec.
#
# The bench is a network, mount, uts and ipc namespace with one process that
# keeps them (keeper.sh). It shares the computer's process ids: what runs in it
# is a plain process of its caller, so exit codes, signals and terminals need
# no helper in between.

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

docker_answers() { inside "$1" docker version >/dev/null 2>&1; }

start_keeper() {
    local pid waited=0
    # /etc/docker only serves as a place for the bench's own mount.
    mkdir -p "$home" /etc/docker
    rm -f "$home/docker.pid"
    setsid unshare --net --mount --uts --ipc --propagation private \
        bash "$bench/keeper.sh" "$home" "$(bench_mark)" </dev/null >"$home/bench.log" 2>&1 &
    pid=$!
    printf '%s\n' "$pid" >"$home/keeper.pid"
    until docker_answers "$pid"; do
        waited=$((waited + 1))
        if [ "$waited" -gt 600 ] || ! docker_lives "$pid"; then
            { grep -E 'level=(error|fatal)|failed' "$home/docker.log" || cat "$home/bench.log" "$home/docker.log"; } 2>/dev/null |
                tail -n 5 >&2
            end_processes
            fail "the bench did not start: its dockerd $(docker_fault "$waited"); its logs are $home/bench.log and $home/docker.log"
        fi
        sleep 0.2
    done
}

# dockerd, or the keeper that is about to start it.
docker_lives() {
    local pid
    pid=$(cat "$home/docker.pid" 2>/dev/null) || true
    kill -0 "${pid:-$1}" 2>/dev/null
}

docker_fault() { if [ "$1" -gt 600 ]; then printf 'does not answer after two minutes'; else printf 'ended at once'; fi; }

start_locked() {
    local pid
    if pid=$(keeper) && docker_answers "$pid"; then
        say "the bench runs already (keeper $pid)"
    else
        end_processes
        start_keeper
        say "the bench runs (keeper $(keeper)); bench.sh exec CMD enters, bench.sh stop ends it"
    fi
    give_node "$1"
    give_kubectl
}

start_bench() {
    local file
    need_root "the bench" "namespaces, network cards"
    need_packages
    case $home in /run/*) refuse "the practice folder must not lie under /run" ;; esac
    file=$(node_file) || exit $?
    mkdir -p "$home"
    with_lock "$home/bench.lock" start_locked "$file"
}

stop_bench() {
    need_root "the bench" "namespaces, network cards"
    if [ -z "$(bench_processes)" ]; then
        rm -f "$home/keeper.pid"
        say "the bench does not run"
        return 0
    fi
    with_lock "$home/bench.lock" end_processes
    say "stopped"
}

bench_status() {
    local pid
    if ! pid=$(keeper); then
        say "the bench does not run ($home)"
        exit 1
    fi
    need_root "the bench" "namespaces, network cards"
    docker_answers "$pid" || fail "the bench runs (keeper $pid), but its dockerd does not answer: see $home/docker.log"
    say "the bench runs (keeper $pid, $home)"
    inside "$pid" docker ps --all --format 'table {{.Names}}\t{{.Status}}'
}

enter_bench() {
    local pid
    pid=$(keeper) || missing "the bench does not run: start it with '$0 start'"
    need_root "the bench" "namespaces, network cards"
    export VAGRANT_HOME=$home/vagrant VAGRANT_CHECKPOINT_DISABLE=1 VAGRANT_DEFAULT_PROVIDER=docker PATH=$home/bin:$PATH
    unset DOCKER_HOST DOCKER_CONTEXT
    # The folder is looked up again inside, where other mounts lie.
    # shellcheck disable=SC2016 # expanded by the inner shell
    exec nsenter --target "$pid" --net --mount --uts --ipc -- \
        /bin/sh -c 'cd "$1" || exit 4; shift; exec "$@"' sh "$PWD" "$@"
}
