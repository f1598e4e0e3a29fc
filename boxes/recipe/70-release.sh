#!/bin/sh
# Says in /etc/alpine-k8s/release what the box is.
set -eu
: "${BOX_NAME:?the name of the box}" "${BOX_ALPINE:?}" "${BOX_KUBERNETES:?}" "${BOX_RUNTIME:?}" "${BOX_RECIPE:?the sum of the recipe}" "${BOX_BASE:?the sum of the image}"

mkdir -p /etc/alpine-k8s
cat >/etc/alpine-k8s/release <<END
box=$BOX_NAME
alpine=$BOX_ALPINE
kubernetes=$BOX_KUBERNETES
runtime=$BOX_RUNTIME
recipe=$BOX_RECIPE
base=$BOX_BASE
END
