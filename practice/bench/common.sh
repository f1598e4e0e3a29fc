# shellcheck shell=bash disable=SC2154 # the variables are those of bench.sh
# Part of bench.sh: words, exit codes, the checks that several commands share.
# Exit codes as alpine-k8s has them: 2 wrong usage, 3 something missing on this
# computer, 4 something failed.

say() { printf '%s\n' "practice bench: $*" >&2; }
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
        missing "$1 needs root (namespaces, network cards, file owners); run it as root, for example with: sudo $0 $1"
}

# Runs a command holding a lock of the home, so that two starts or builds wait for each other.
with_lock() {
    local name=$1 lock
    shift
    mkdir -p "$home"
    exec {lock}>"$home/$name.lock"
    flock "$lock"
    # The descriptor is closed for what the command leaves running.
    "$@" {lock}>&-
    exec {lock}>&-
}
