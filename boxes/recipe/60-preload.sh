#!/bin/sh
# With BOX_PRELOAD=yes: the images that kubeadm wants for BOX_KUBERNETES, in containerd's store.
set -eu
: "${BOX_PRELOAD:=no}" "${BOX_KUBERNETES:?the version of Kubernetes, such as v1.36.1}" "${BOX_RUNTIME:?containerd, crio or docker}"
[ "$BOX_PRELOAD" = yes ] || exit 0

rc-service -q "$BOX_RUNTIME" status || rc-service -q "$BOX_RUNTIME" start
kubeadm config images pull --kubernetes-version "$BOX_KUBERNETES"
rc-service -q "$BOX_RUNTIME" stop
