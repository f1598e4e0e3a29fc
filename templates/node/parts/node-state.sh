# Part of every script: what the node is to this cluster.

ca_crt=/etc/kubernetes/pki/ca.crt
admin=/etc/kubernetes/admin.conf

# ca_is_ours FILE: is that the cluster's CA? Without a fingerprint to compare: no.
ca_is_ours() {
  { [ -n "$AK8S_CA_FINGERPRINT" ] && [ -s "$1" ]; } || return 1
  ca_sum=$(sed '/-----/d' "$1" | base64 -d 2>/dev/null | sha256sum)
  [ "${ca_sum%% *}" = "$AK8S_CA_FINGERPRINT" ]
}

# ca_is_whole: is the CA's file a certificate to its end? A power failure leaves empty and half-written ones.
ca_is_whole() { grep -q '^-----END CERTIFICATE-----' "$ca_crt" 2>/dev/null; }

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

# node_state: $state is clean, started, finished or foreign, $node_role master, minion or none; from our markers
# $node_step, which is init, join-master, join or empty, and $state_hash.
node_state() {
  state=clean node_role=none node_step='' state_hash='' marked=''
  # Whoever began to join knows of a cluster that lives, whatever else was begun.
  for name in join-master init join; do
    if [ -z "$marked" ] && read_marker "$name.started"; then
      marked=started state_hash=$marker_hash node_step=$name
    fi
    # What has ended counts, whatever was begun before.
    if read_marker "$name.finished"; then
      marked=finished state_hash=${marker_hash:-$state_hash} node_step=$name
      break
    fi
  done
  case $node_step in
    init | join-master) node_role=master ;;
    join) node_role=minion ;;
    *)
      if [ -e /etc/kubernetes/manifests/kube-apiserver.yaml ] || [ -e "$admin" ]; then
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
    elif { [ "$state" = started ] || [ -z "$state_hash" ]; } && [ -n "$AK8S_CA_FINGERPRINT" ] && ca_is_whole && ! ca_is_ours "$ca_crt"; then
      state=foreign
    fi
  elif has_kubeadm_files; then
    if ca_is_ours "$ca_crt"; then state=finished; else state=foreign; fi
  fi
}

refuse_foreign() {
  if [ -n "$state_hash" ]; then
    give_up 11 "other cluster" "this node belongs to a cluster with CA ${state_hash}; take it out there, or give another node"
  fi
  give_up 11 "other cluster" "this node has kubeadm files that are not of this cluster; 'kubeadm reset' there first, or give another node"
}
