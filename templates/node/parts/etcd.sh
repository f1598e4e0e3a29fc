# Part of master.sh: what kubeadm does with etcd.

# etcd_patches: $patches is kubeadm's flag for a folder by which etcd's static pod asks for no ephemeral storage. kubeadm 1.20
# and 1.21 let it ask, and a kubelet that has registered its node a moment ago may know of none: it refuses the pod and never
# tries again (kubernetes issue 99305).
etcd_patches() {
  patches=''
  case $AK8S_KUBERNETES_VERSION in v1.20.* | v1.21.*) ;; *) return 0 ;; esac
  [ -d "$tmp/patches" ] || mkdir "$tmp/patches"
  # A null takes the key away, and is nothing where there is none.
  printf '%s\n' 'spec:' '  containers:' '    - name: etcd' '      resources: { requests: { ephemeral-storage: null } }' \
    >"$tmp/patches/etcd.yaml"
  patches=--experimental-patches=$tmp/patches
}
