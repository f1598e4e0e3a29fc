# Part of master.sh, minion.sh and reset.sh: kubeadm reset.

# kubeadm_reset: stops what kubeadm made here and empties its folders; 1 with words in $trouble. Up to 1.21 kubeadm takes
# the node out of a list in the cluster first, and ends when the API goes away meanwhile: the second try asks no API. That of
# 1.20 asks etcd for five minutes to remove a member that is gone already, when another master's API answers it.
kubeadm_reset() {
  set -- reset -f --cri-socket unix:///run/containerd/containerd.sock
  try timeout 120 kubeadm "$@" || try kubeadm "$@" --kubeconfig /dev/null
}
