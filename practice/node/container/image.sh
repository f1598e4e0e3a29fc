# shellcheck shell=bash disable=SC2154 # the variables are those of build.sh
# Part of build.sh: the tree as a Docker image.

docker_image=practice/node:v1.20.2

# Docker copies /var of the image into each node's volume, and containerd's layers are most of it: so they lie elsewhere
# in the image, and links in the store lead there. Each node writes to its own containers only.
share_layers() {
    local layers=$root/usr/share/practice/layers store=$root/var/lib/containerd/io.containerd.snapshotter.v1.overlayfs/snapshots layer
    mkdir -p "$layers"
    for layer in "$store"/*; do
        mv "$layer" "$layers/"
        ln -s "/usr/share/practice/layers/${layer##*/}" "$layer"
    done
}

# build_image FOLDER: FOLDER/node.tar, as `docker load` takes it.
build_image() {
    local root=$1/root archive=$1/archive layer
    rm -rf "$archive"
    mkdir -p "$archive"
    build_tree "$here/container"
    fill_store "$root/var/lib/containerd"
    share_layers
    tree_owners
    say "packing the image"
    tar -C "$root" --numeric-owner -cf "$archive/layer.tar" .
    rm -rf "$root"
    layer=$(sha256sum "$archive/layer.tar")
    # BusyBox' init powers off at this signal; the cluster's data and containerd's store want a real file system.
    jq -cn --arg layer "sha256:${layer%% *}" '{
        architecture: "amd64", os: "linux", created: "1970-01-01T00:00:00Z",
        config: {Cmd: ["/sbin/init"], StopSignal: "SIGUSR2", Volumes: {"/var": {}},
            Env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "container=docker"]},
        rootfs: {type: "layers", diff_ids: [$layer]}
    }' >"$archive/config.json"
    jq -cn --arg tag "$docker_image" '[{Config: "config.json", RepoTags: [$tag], Layers: ["layer.tar"]}]' >"$archive/manifest.json"
    tar -C "$archive" -cf "$1/node.tar" manifest.json config.json layer.tar
    rm -rf "$archive"
}
