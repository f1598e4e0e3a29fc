# Part of master.sh, minion.sh and reset.sh: kubeadm reset.

# kubeadm_reset: stops what kubeadm made here and empties its folders; 1 with words in $trouble. Up to 1.21 kubeadm takes
# the node out of a list in the cluster first, and ends when the API goes away meanwhile: the second try asks no API.
kubeadm_reset() {
  set -- reset -f --cri-socket unix:///run/containerd/containerd.sock
  try kubeadm "$@" || try kubeadm "$@" --kubeconfig /dev/null
}
