# Part of every script: what the node is to this cluster.

# ca_is_ours: is the CA on this node the cluster's? Without a fingerprint to compare: no.
ca_is_ours() {
  { [ -n "$AK8S_CA_FINGERPRINT" ] && [ -s /etc/kubernetes/pki/ca.crt ]; } || return 1
  ca_sum=$(sed '/-----/d' /etc/kubernetes/pki/ca.crt | base64 -d 2>/dev/null | sha256sum)
  [ "${ca_sum%% *}" = "$AK8S_CA_FINGERPRINT" ]
}

# ca_is_whole: is the CA's file a certificate to its end? A power failure leaves empty and half-written ones.
ca_is_whole() { grep -q '^-----END CERTIFICATE-----' /etc/kubernetes/pki/ca.crt 2>/dev/null; }

has_kubeadm_files() {
  for file in /etc/kubernetes/*.conf /etc/kubernetes/manifests/*.yaml /var/lib/kubelet/config.yaml; do
    [ ! -e "$file" ] || return 0
  done
  return 1
}

# read_marker NAME: $marker_hash; 1 when there is no such marker. An empty one was cut off by a power failure.
read_marker() {
  marker_hash=''
  [ -f "$marks/$1" ] || return 1
  read -r marker_hash <"$marks/$1" || :
}

# node_state: $state is clean, started, finished or foreign, $node_role master, minion or none, $state_hash from our markers.
node_state() {
  state=clean node_role=none state_hash='' marked=''
  for step in init join; do
    if read_marker "$step.started"; then
      marked=started state_hash=$marker_hash node_role=$step
    fi
    if read_marker "$step.finished"; then
      marked=finished state_hash=${marker_hash:-$state_hash} node_role=$step
    fi
    [ -z "$marked" ] || break
  done
  case $node_role in
    init) node_role=master ;;
    join) node_role=minion ;;
    *)
      if [ -e /etc/kubernetes/manifests/kube-apiserver.yaml ] || [ -e /etc/kubernetes/admin.conf ]; then
        node_role=master
      elif [ -e /etc/kubernetes/kubelet.conf ]; then
        node_role=minion
      fi
      ;;
  esac
  if [ -n "$marked" ]; then
    state=$marked
    if [ -n "$AK8S_CA_HASH" ] && [ -n "$state_hash" ] && [ "$state_hash" != "$AK8S_CA_HASH" ]; then
      state=foreign
    elif { [ "$state" = started ] || [ -z "$state_hash" ]; } && [ -n "$AK8S_CA_FINGERPRINT" ] && ca_is_whole && ! ca_is_ours; then
      state=foreign
    fi
  elif has_kubeadm_files; then
    if ca_is_ours; then state=finished; else state=foreign; fi
  fi
}

refuse_foreign() {
  if [ -n "$state_hash" ]; then
    give_up 11 "other cluster" "this node belongs to a cluster with CA ${state_hash}; take it out there, or give another node"
  fi
  give_up 11 "other cluster" "this node has kubeadm files that are not of this cluster; 'kubeadm reset' there first, or give another node"
}
