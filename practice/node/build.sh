#!/bin/bash
# Builds the practice node and prints the file that was made, or was there: a Docker image as an archive, with the images
# of Kubernetes in containerd's store.
# Needs root: the tree holds files of several owners and setuid programs, and containerd fills its store by mounts.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
practice=$(dirname "$here")

# shellcheck source=practice/common.sh
. "$practice/common.sh"
# shellcheck source=practice/node/fetch.sh
. "$here/fetch.sh"
# shellcheck source=practice/node/libraries.sh
. "$here/libraries.sh"
# shellcheck source=practice/node/tree.sh
. "$here/tree.sh"
# shellcheck source=practice/node/store.sh
. "$here/store.sh"
# shellcheck source=practice/node/container/image.sh
. "$here/container/image.sh"

# The list's lines without comments and empty ones.
entries() { sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$1"; }

need_root "building the node" "owners of files, mounts"
need_cache
{
    read -r kubernetes
    read -r programs
} < <(bash "$practice/kubernetes/build.sh")
[ -n "${programs:-}" ] || exit 3

packages_key=$(hash_of "$here" packages.txt fetch.sh)
built packages "$packages_key" fetch_packages "$here/packages.txt"
packages=$cache/packages-$packages_key

images_key=$(key_of "$kubernetes" "$programs" "$packages_key" "$(hash_of "$practice" images node/libraries.sh)")
built images "$images_key" bash "$practice/images/build.sh" "$kubernetes" "$programs" "$packages"
images=$cache/images-$images_key

node_key=$(key_of "$images_key" "$(hash_of "$here" .)")
built node "$node_key" build_image
printf '%s\n' "$cache/node-$node_key/node.tar"
