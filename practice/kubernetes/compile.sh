# shellcheck shell=bash disable=SC2154 # the variables are those of build.sh and source.sh
# Part of build.sh: the compiler's work.

kubernetes_programs=(kubeadm kubelet kubectl kube-apiserver kube-controller-manager kube-scheduler kube-proxy kubemark)

# in_tree COMMAND…: Go finds the packages only when the tree is entered through its GOPATH. What was compiled once is kept
# where Kubernetes' own makefile keeps it.
in_tree() {
    cd "$source/.go/src/k8s.io/kubernetes" || return 1
    env GOPATH="$source/.go" GO111MODULE=off GOFLAGS= CGO_ENABLED=0 GOCACHE="$source/_output/local/go/cache" "$@"
}

# compile LOG WORDS COMMAND…: with the last lines that matter when it fails.
compile() {
    local log=$1 words=$2
    shift 2
    if ! quietly "$log" "$words" in_tree "$@"; then
        { grep -E 'error|cannot|undefined|\.go:[0-9]+|No space|killed|FAIL' "$log" || cat "$log"; } | tail -n 12 >&2
        fail "$words failed; the whole output is in $log"
    fi
}

# build_kubernetes FOLDER: FOLDER becomes the folder of its programs.
build_kubernetes() {
    local folder=$1 name names
    say "building Kubernetes $kubernetes_version from source, once: 5 to 10 minutes on two cores"
    names=$(printf 'cmd/%s ' "${kubernetes_programs[@]}")
    compile "$cache/build-kubernetes.log" "building Kubernetes" make WHAT="$names" GOLDFLAGS="-s -w"
    for name in "${kubernetes_programs[@]}"; do mv "$source/_output/local/bin/linux/amd64/$name" "$folder/"; done
    gcc -static -Os -s -o "$folder/pause" "$source/build/pause/linux/pause.c"
    [ "$("$folder/kubeadm" version -o short)" = "$kubernetes_version" ] ||
        fail "the kubeadm that was built says $("$folder/kubeadm" version -o short), not $kubernetes_version"
}

# Ours, each a folder of practice/programs with Go files, lie in the tree only while they are compiled.
put_programs() {
    rm -rf "$source/cmd/practice"
    cp -r "$practice/programs" "$source/cmd/practice"
}

# build_programs FOLDER: FOLDER becomes the folder of our programs.
build_programs() {
    put_programs
    compile "$cache/build-programs.log" "building our programs" go build -ldflags '-s -w' -o "$1/" ./cmd/practice/...
}

test_programs() {
    local untidy
    untidy=$(gofmt -l "$practice/programs")
    [ -z "$untidy" ] || fail "gofmt would change: $untidy"
    put_programs
    compile "$cache/test-programs.log" "testing our programs" go test -vet=all ./cmd/practice/...
    grep -E '^(ok|FAIL|---)' "$cache/test-programs.log"
}
