# shellcheck shell=bash
# Words, exit codes and the cache, for every script of the practice cluster.
# Exit codes as alpine-k8s has them: 2 wrong usage, 3 something missing on this
# computer, 4 something failed.

say() { printf '%s\n' "practice: $*" >&2; }
refuse() {
    say "$*"
    exit 2
}
missing() {
    say "$*"
    exit 3
}
fail() {
    say "$*"
    exit 4
}

need_root() {
    [ "$(id -u)" -eq 0 ] ||
        missing "$1 needs root ($2); run it as root, for example with: sudo $0"
}

# What is built lies here, outside of HOME and of the checkout, so that a
# computer builds it once.
cache=${ALPINE_K8S_PRACTICE_CACHE:-/var/cache/alpine-k8s-practice}

need_cache() {
    case $cache in
        /*) ;;
        *) refuse "ALPINE_K8S_PRACTICE_CACHE must be an absolute path, not $cache" ;;
    esac
    mkdir -p "$cache" 2>/dev/null ||
        missing "the cache folder $cache cannot be made: become root, or name another one in ALPINE_K8S_PRACTICE_CACHE"
}

# Free space below a folder, in GiB.
need_disk() {
    local free
    free=$(df --output=avail -k "$2" | tail -n 1)
    [ "$free" -ge $(($1 * 1024 * 1024)) ] ||
        missing "$2 has $((free / 1024 / 1024)) GiB free, and $3 needs $1; free some, or name another folder in ALPINE_K8S_PRACTICE_CACHE"
}

# Runs a command holding a lock, so that two builders or starts wait for each other.
with_lock() {
    local file=$1 lock
    shift
    exec {lock}>"$file"
    if ! flock --nonblock "$lock"; then
        say "waiting for another run that holds $file"
        flock "$lock"
    fi
    # The descriptor is closed for what the command leaves running.
    "$@" {lock}>&-
    exec {lock}>&-
}

# hash_of FOLDER PATH…: one hash of files below FOLDER, of their names, modes and contents.
hash_of() {
    (
        cd "$1" || exit 1
        shift
        find "$@" -type f ! -name '*.md' -print0 | LC_ALL=C sort -z |
            while IFS= read -r -d '' file; do
                [ -x "$file" ] && printf 'x '
                sha256sum "$file"
            done
    ) | sha256sum | cut -c1-16
}

# key_of WORD…: one hash of them.
key_of() { printf '%s\n' "$@" | sha256sum | cut -c1-16; }

# built NAME KEY COMMAND…: the folder $cache/NAME-KEY. Unless it is there, COMMAND is run with the path of a folder to
# fill, which becomes that folder when it ends well; so what is there is whole, whoever was killed. Results of other keys
# that nobody used for two weeks go.
built() {
    local name=$1 target=$cache/$1-$2
    shift 2
    need_cache
    [ -d "$target" ] || with_lock "$cache/$name.lock" build_missing "$name" "$target" "$@"
    touch "$target"
}

build_missing() {
    local name=$1 target=$2
    shift 2
    [ ! -d "$target" ] || return 0
    ! compgen -G "$cache/$name-*" | grep -qv '\.new' ||
        say "what $cache has of '$name' was made from other sources or scripts: it is made anew"
    mkdir -p "$target.new"
    "$@" "$target.new"
    mv "$target.new" "$target"
    find "$cache" -mindepth 1 -maxdepth 1 -type d -name "$name-*" ! -path "$target" -mtime +14 -exec rm -rf {} +
}

# quietly LOG WORDS COMMAND…: output goes into a file; every half minute a line says that it goes on, and its last lines
# stand on the screen when it fails.
quietly() {
    local log=$1 words=$2 pid waited=0
    shift 2
    "$@" >"$log" 2>&1 </dev/null &
    pid=$!
    while kill -0 "$pid" 2>/dev/null; do
        sleep 0.2
        waited=$((waited + 1))
        [ $((waited % 150)) -ne 0 ] || say "$words: $((waited / 5)) s"
    done
    wait "$pid"
}

# Debian packages are installed together, when one is missing; no service may start on its own.
packages_absent() {
    local package
    for package in "$@"; do
        dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed || printf '%s\n' "$package"
    done
}

apt_install() {
    DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get -o DPkg::Lock::Timeout=600 \
        install -y -qq --no-install-recommends "$@" >"$cache/install.log" 2>&1
}

# install_packages WHY PACKAGE…
install_packages() {
    local why=$1 absent
    shift
    command -v apt-get >/dev/null || missing "this computer has no apt-get: the practice cluster is made for Debian 12"
    mapfile -t absent < <(packages_absent "$@")
    [ ${#absent[@]} -gt 0 ] || return 0
    need_root "installing Debian packages" "missing are: ${absent[*]}"
    need_cache
    say "$why: will install these Debian packages with what they depend on: ${absent[*]}"
    if ! apt-cache show "${absent[@]}" >/dev/null 2>&1 || ! apt_install "${absent[@]}"; then
        say "fetching Debian's package lists, which are missing or old"
        apt-get update -qq || missing "apt-get update failed: is a Debian mirror reachable?"
        if ! apt_install "${absent[@]}"; then
            tail -n 15 "$cache/install.log" >&2
            missing "apt-get install failed; the whole output is in $cache/install.log"
        fi
    fi
}
