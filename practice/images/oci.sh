# shellcheck shell=bash disable=SC2154 # $out is build.sh's
# Part of build.sh: OCI image layouts (https://github.com/opencontainers/image-spec, 1.0), one layer an image.

begin_images() {
    rm -rf "$out"
    mkdir -p "$out/blobs/sha256"
    printf '{"imageLayoutVersion":"1.0.0"}' >"$out/oci-layout"
    : >"$out/manifests"
}

begin_image() {
    tree=$out/tree
    rm -rf "$tree"
    mkdir -p "$tree"
}

# blob FILE: moves it to its place; $digest and $size describe it.
blob() {
    digest=$(sha256sum "$1")
    digest=${digest%% *}
    size=$(stat -c %s "$1")
    mv "$1" "$out/blobs/sha256/$digest"
}

# end_image NAME ENTRYPOINT
end_image() {
    local layer layer_size config config_size
    add_libraries "$tree"
    tar -C "$tree" --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner --format=gnu -cf "$out/new" .
    rm -rf "$tree"
    blob "$out/new"
    layer=$digest layer_size=$size
    jq -cn --arg layer "$layer" --arg entrypoint "$2" '{
        created: "1970-01-01T00:00:00Z", architecture: "amd64", os: "linux",
        config: {Entrypoint: [$entrypoint], Env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]},
        rootfs: {type: "layers", diff_ids: ["sha256:" + $layer]}
    }' >"$out/new"
    blob "$out/new"
    config=$digest config_size=$size
    jq -cn --arg config "$config" --argjson configSize "$config_size" --arg layer "$layer" --argjson layerSize "$layer_size" '{
        schemaVersion: 2, mediaType: "application/vnd.oci.image.manifest.v1+json",
        config: {mediaType: "application/vnd.oci.image.config.v1+json", digest: ("sha256:" + $config), size: $configSize},
        layers: [{mediaType: "application/vnd.oci.image.layer.v1.tar", digest: ("sha256:" + $layer), size: $layerSize}]
    }' >"$out/new"
    blob "$out/new"
    jq -cn --arg name "$1" --arg digest "$digest" --argjson size "$size" '{
        mediaType: "application/vnd.oci.image.manifest.v1+json", digest: ("sha256:" + $digest), size: $size,
        annotations: {"io.containerd.image.name": $name}
    }' >>"$out/manifests"
}

end_images() {
    jq -cs '{schemaVersion: 2, manifests: .}' "$out/manifests" >"$out/index.json"
    rm "$out/manifests"
}
