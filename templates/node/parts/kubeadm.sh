# Part of master.sh and minion.sh: what an earlier kubeadm left, the kubelet that it starts.

# write_marker NAME: the cluster's CA hash under that name, on the disk before anything else happens.
write_marker() {
  text=$AK8S_CA_HASH$nl
  durable=yes
  put_file "$marks/$1" 644 || give_up 10 "$marks/$1" 'it cannot be written'
  durable=''
  sync
}

# hidden TEXT: $shown is TEXT without the token.
hidden() {
  shown=$1
  [ -n "$token" ] || return 0
  while :; do
    case $shown in
      *"$token"*) shown="${shown%%"$token"*}[token]${shown#*"$token"}" ;;
      *) break ;;
    esac
  done
}

# kubeadm_config: kubeadm's configuration with the token in it, 0600, in this run's own folder in memory.
kubeadm_config() {
  { [ -n "$AK8S_KUBEADM_CONFIG_B64" ] && [ -n "$token" ]; } || give_up 10 "$script.sh" 'AK8S_KUBEADM_CONFIG_B64 and AK8S_TOKEN must be set'
  need_tmp
  config=$(printf '%s' "$AK8S_KUBEADM_CONFIG_B64" | base64 -d) || give_up 10 'AK8S_KUBEADM_CONFIG_B64' 'it is not base64'
  filled=''
  while :; do
    case $config in
      *@TOKEN@*) filled="$filled${config%%@TOKEN@*}$token" config=${config#*@TOKEN@} ;;
      *) break ;;
    esac
  done
  (umask 077 && printf '%s\n' "$filled$config" >"$tmp/kubeadm.yaml")
  filled=''
}

# run_kubeadm VERB ARGUMENT…: its lines go to stdout without the token, with --v=1 also each image before it is pulled
# (ImagePullCheck in kubeadm's preflight checks); $kubeadm_code, and $complaint, its last words. It has a session of its own
# because the kubelet's supervisor, started by it, stays in its process group and must outlive ours; when this script ends
# early, kubeadm alone is ended, and is not even started once the folder with its configuration is gone. It is waited for by
# `wait`, which a signal ends at once: a subshell that has just been made may lose the signal to its group.
run_kubeadm() {
  : >"$tmp/complaint"
  {
    run_code=0
    # shellcheck disable=SC2016 # words for the inner shell
    setsid sh -c 'echo $$ >"$0" || exit; verb=$1; shift; exec kubeadm "$verb" --v=1 "$@"' "$tmp/pid" "$@" 2>&1 </dev/null || run_code=$?
    rm -f "$tmp/pid"
    printf '%s\n' "$run_code" >"$tmp/code"
  } | {
    last='' error=''
    while IFS= read -r line || [ -n "$line" ]; do
      hidden "$line"
      printf '%s\n' "$shown"
      case $shown in
        # The log's lines of level I are no complaint.
        *'stack trace of this error'* | I[0-9][0-9][0-9][0-9]' '* | '') continue ;;
        # etcd counts this node from now on: without the manifest, a power failure would leave it a member that never comes.
        *'Waiting for the new etcd member'*) sync ;;
        [Ee]rror* | *'[ERROR '* | *': error'*) error="$error$shown$nl" ;;
        *) [ -z "$error" ] || [ ${#error} -gt 1500 ] || error="$error$shown$nl" ;;
      esac
      last="$last$shown$nl"
      while [ ${#last} -gt 500 ]; do last=${last#*"$nl"}; done
    done
    printf '%s' "${error:-$last}" >"$tmp/complaint"
  } &
  wait $!
  read -r kubeadm_code <"$tmp/code"
  slurp "$tmp/complaint"
  complaint=${text%"$nl"}
}

# kubeadm_failed WHAT: ends with 17 when kubeadm failed because the kubelet did not come up, else with 13.
kubeadm_failed() {
  kubelet_look
  if [ -e /var/lib/kubelet/config.yaml ] && ! kubelet_healthy; then
    kubelet_words
    hidden "$words"
    give_up 17 'kubelet' "it did not come up during $1: $shown; kubeadm: $complaint"
  fi
  give_up 13 "$1" "code $kubeadm_code: $complaint"
}

# undo_started: what a kubeadm that was interrupted left here, so that it can be done anew. Only for state `started`.
undo_started() {
  printf '%s\n' "the last kubeadm on this node did not end; it is undone first"
  need_tmp
  kubeadm_reset || warned reset "$trouble"
  if [ -e /etc/init.d/kubelet ]; then service kubelet stop || :; fi
  [ ! -e /etc/runlevels/default/kubelet ] || try rc-update del kubelet default || :
  for name in 10-flannel.conflist 10-canal.conflist 10-calico.conflist calico-kubeconfig calico-tls; do
    rm -rf "/etc/cni/net.d/$name"
  done
  rm -rf /etc/kubernetes/pki /etc/kubernetes/*.conf /etc/kubernetes/manifests/*.yaml
  rm -f /var/lib/kubelet/config.yaml /var/lib/kubelet/kubeadm-flags.env
  [ "$node_role" != master ] || wipe /var/lib/etcd
  changed reset
}

enable_kubelet() {
  [ ! -e /etc/runlevels/default/kubelet ] || return 0
  try rc-update add kubelet default || give_up 10 'kubelet' "it cannot be put into the default runlevel: $trouble"
  changed kubelet-enabled
}

# kubelet_of_finished: enabled, started, healthy; 16 when that cannot be had. Nothing is reset.
kubelet_of_finished() {
  whole_serving
  enable_kubelet
  kubelet_look
  [ "$kubelet_state" = started ] || changed kubelet-started
  if kubelet_up "$AK8S_KUBELET_WAIT"; then
    present kubelet
    return 0
  fi
  kubelet_words
  give_up 16 'kubelet' "this node has been part of the cluster and its kubelet is not healthy: $words"
}

# kubelet_of_new: the kubelet that kubeadm has just configured; 17 when it does not come up.
kubelet_of_new() {
  if kubelet_up "$AK8S_KUBELET_WAIT"; then return 0; fi
  kubelet_words
  hidden "$words"
  give_up 17 'kubelet' "it did not come up within $AK8S_KUBELET_WAIT s after $1: $shown"
}

# begin ROLE STEP: what every run looks at first. $state is clean, started or finished afterwards, $node_step the step
# whose markers are there, or on a finished node without any STEP.
begin() {
  [ -n "$AK8S_CA_HASH" ] || give_up 10 "$script.sh" 'AK8S_CA_HASH must be set: joins are always pinned'
  node_state
  [ "$state" != foreign ] || refuse_foreign
  if [ "$state" != clean ] && [ "$node_role" != "$1" ]; then
    give_up 11 'role' "this node is a $node_role of this cluster and was to become a $1; remove it first"
  fi
  if [ "$state" = started ] && [ -z "$state_hash" ]; then
    printf '%s\n' "$marks/$node_step.started is empty, as a power failure leaves it: it counts as this cluster's"
  fi
  # A node of this cluster that somebody set up without these scripts, or whose marker a power failure emptied.
  if [ "$state" = finished ] && [ -z "$state_hash" ]; then
    node_step=${node_step:-$2}
    write_marker "$node_step.finished"
    changed adopted
  fi
  if [ "$state" != finished ] && ! command -v kubeadm >/dev/null; then
    give_up 12 'kubeadm' 'it is not there; run shared.sh first'
  fi
}
