# shellcheck shell=bash disable=SC2154 # the variables are those of bench.sh
# Part of bench.sh: the node, built once, and given to the bench's dockerd.

docker_image=practice/node:v1.20.2

node_file() {
    need_root "building the node" "owners of files, mounts"
    need_packages
    bash "$practice/node/build.sh"
}

# give_node FILE: the bench's dockerd gets the node anew when it is another one. The file's folder has its key.
give_node() {
    local stamp=$home/given-node
    if [ "$(cat "$stamp" 2>/dev/null)" = "$1" ] && inside "$(keeper)" docker image inspect "$docker_image" >/dev/null 2>&1; then
        return 0
    fi
    say "giving the node to the bench's dockerd"
    inside "$(keeper)" docker load --quiet --input "$1" >"$home/give-node.log" 2>&1 ||
        fail "it does not take the node: $(tail -n 5 "$home/give-node.log")"
    printf '%s\n' "$1" >"$stamp"
}

# The kubectl of the node's version for this side of the bench.
give_kubectl() {
    local kubernetes
    read -r kubernetes < <(bash "$practice/kubernetes/build.sh") || exit 3
    mkdir -p "$home/bin"
    ln -sfn "$kubernetes/kubectl" "$home/bin/kubectl"
}
