# shellcheck shell=bash disable=SC2034,SC2154 # used by, and set by, build.sh
# Part of build.sh: Debian's source package of Kubernetes, unpacked and made fit for Debian's own Go.

# Debian calls Kubernetes 1.20.2 so; its revisions (after the dash) are security fixes.
source_version='1.20.5+really1.20.2'
kubernetes_version=v1.20.2

build_packages=(golang-go golang-github-modern-go-reflect2-dev dpkg-dev gcc libc6-dev make jq rsync)

# fetch_source FOLDER: FOLDER becomes the unpacked source package, by package lists of its own: those of this computer need
# not name sources.
fetch_source() {
    local folder=$1 work=$1.fetch mirror log=$cache/source.log
    rm -rf "$work"
    mkdir -p "$work/lists/partial" "$work/unpacked"
    # The mirror that this computer's own packages come from.
    mirror=$(apt-cache policy golang-go | sed -nE 's,^ +[0-9]+ (https?://[^ ]+) bookworm/main .*,\1,p' | head -n 1)
    [ -n "$mirror" ] || missing "this computer's package lists name no mirror of Debian 12 (bookworm): run apt-get update"
    printf 'deb-src %s bookworm main\n' "$mirror" >"$work/sources.list"
    local apt=(apt-get -qq -o "Dir::Etc::SourceList=$work/sources.list" -o Dir::Etc::SourceParts=/dev/null
        -o "Dir::State::Lists=$work/lists" -o APT::Sandbox::User=root)
    say "fetching Debian's source package kubernetes (35 MB)"
    if ! { "${apt[@]}" update && cd "$work/unpacked" && "${apt[@]}" source kubernetes; } >"$log" 2>&1; then
        tail -n 5 "$log" >&2
        missing "the source package kubernetes cannot be had from the Debian mirror; Kubernetes is built from nothing else"
    fi
    [ -d "$work/unpacked/kubernetes-$source_version" ] ||
        missing "the Debian mirror has $(basename "$work"/unpacked/*/), not kubernetes-$source_version, which is what practice/kubernetes/source.sh knows how to build"
    rm -rf "$folder"
    mv "$work/unpacked/kubernetes-$source_version" "$folder"
    rm -rf "$work"
    adapt_source "$folder"
}

# With the vendored reflect2 1.0.1 and Go 1.18 or newer, kubeadm crashes while it writes the kubelet's configuration.
adapt_source() {
    rm -rf "$1/vendor/github.com/modern-go/reflect2"
    cp -rL /usr/share/gocode/src/github.com/modern-go/reflect2 "$1/vendor/github.com/modern-go/reflect2"
    mkdir -p "$1/.go/src/k8s.io"
    ln -sfn ../../.. "$1/.go/src/k8s.io/kubernetes"
}
