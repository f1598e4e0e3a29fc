# shellcheck shell=bash disable=SC2154 # the variables are those of build.sh
# Part of build.sh: containerd's own store, filled once here, so that no node imports an image when it starts.

# fill_store STORE: STORE becomes what lies at /var/lib/containerd of a node.
fill_store() {
    local store=$1 state
    say "putting the images into the node's store"
    state=$(mktemp -d)
    rm -rf "$store"
    mkdir -p "$store"
    # An own mount namespace: what a killed run leaves mounted is gone with it.
    unshare --mount --propagation private bash -euo pipefail -s \
        "$packages/all/usr/bin" "$images" "$store" "$state" >"$cache/store.log" 2>&1 <<'STORE' ||
bin=$1 images=$2 store=$3 state=$4
printf 'version = 2\nroot = "%s"\nstate = "%s"\ndisabled_plugins = ["io.containerd.grpc.v1.cri"]\n[grpc]\n  address = "%s/sock"\n' \
    "$store" "$state" "$state" >"$state/config.toml"
"$bin/containerd" --config "$state/config.toml" &
daemon=$!
trap 'kill "$daemon"; wait "$daemon" || :' EXIT
ctr() { "$bin/ctr" --address "$state/sock" --namespace k8s.io "$@"; }
tries=0
until ctr version >/dev/null 2>&1; do
    tries=$((tries + 1))
    [ "$tries" -lt 300 ]
    kill -0 "$daemon"
    sleep 0.1
done
tar -C "$images" -cf - . | ctr images import -
# Kubernetes starts containers from the unpacked layers; the packed ones would only double the size.
for blob in "$images"/blobs/sha256/*; do
    [ "$(stat -c %s "$blob")" -lt 65536 ] || ctr content rm "sha256:${blob##*/}" >/dev/null
done
STORE
        fail "containerd does not take the images: $(tail -n 5 "$cache/store.log")"
    rm -rf "$state"
}
