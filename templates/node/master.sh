#!/bin/sh
# Makes this node a master, once. The first: kubeadm init with the CA and the token given, the network manifest beside it,
# and CoreDNS once the network is ready. A further one (AK8S_JOIN=1): kubeadm join with the certificates that all masters
# share. A finished master is never reset, whatever its API answers. Variables, output and exit codes:
# docs/node-scripts.md
set -eu
script=master
: "${AK8S_KUBEADM_CONFIG_B64:=}" "${AK8S_TOKEN:=}" "${AK8S_CA_CRT_B64:=}" "${AK8S_CA_KEY_B64:=}"
: "${AK8S_NETWORK_MANIFEST:=}" "${AK8S_ADDONS_MANIFEST:=}" "${AK8S_ENSURE_TOKEN:=0}" "${AK8S_JOIN:=0}" "${AK8S_PKI_B64:=}" "${AK8S_LEFT_ETCD:=0}"
: "${AK8S_KUBERNETES_VERSION:=}" "${AK8S_NETWORK_WAIT:=300}" "${AK8S_NODE_FQDN:=}" "${AK8S_SERVING_PEM_B64:=}"
# Taken out of the environment: no program started here inherits them.
token=$AK8S_TOKEN ca_key_b64=$AK8S_CA_KEY_B64 pki_b64=$AK8S_PKI_B64 serving_pem_b64=$AK8S_SERVING_PEM_B64
unset AK8S_TOKEN AK8S_CA_KEY_B64 AK8S_PKI_B64 AK8S_SERVING_PEM_B64

. parts/common.sh
. parts/node-state.sh
. parts/kubelet.sh
. parts/kubeadm-reset.sh
. parts/kubeadm.sh
. parts/serving.sh
. parts/etcd.sh
. parts/join.sh
. parts/pki.sh

put_ca() {
  { [ -n "$AK8S_CA_CRT_B64" ] && [ -n "$ca_key_b64" ]; } || give_up 10 'CA' 'AK8S_CA_CRT_B64 and AK8S_CA_KEY_B64 must be set'
  [ -d /etc/kubernetes/pki ] || mkdir -p /etc/kubernetes/pki
  text=$(printf '%s' "$AK8S_CA_CRT_B64" | base64 -d)$nl
  put_file /etc/kubernetes/pki/ca.crt 644
  rm -f /etc/kubernetes/pki/ca.key
  (umask 077 && printf '%s' "$ca_key_b64" | base64 -d >/etc/kubernetes/pki/ca.key)
}

init() {
  kubeadm_config
  write_marker init.started
  put_ca
  put_serving
  enable_kubelet
  etcd_patches
  leave_rest
  network_beside
  run_kubeadm init --config "$tmp/kubeadm.yaml" --skip-token-print ${rest_left:+--skip-phases=addon/coredns} ${patches:+"$patches"} ${AK8S_IGNORE_PREFLIGHT:+"--ignore-preflight-errors=$AK8S_IGNORE_PREFLIGHT"}
  [ "$kubeadm_code" = 0 ] || kubeadm_failed 'kubeadm init'
  # From here on this master has data that nobody may reset.
  write_marker init.finished
  changed init
  # kubeadm has just restarted the kubelet. Where another call brings the rest, it waits for that, too, and joins need not.
  if [ -z "$rest_left" ] || [ "$AK8S_NETWORK_WAIT" != 0 ]; then kubelet_of_new 'kubeadm init'; fi
}

. parts/api.sh
. parts/login.sh
. parts/network.sh

# token_is_good: is it in the cluster, the same, and with more than ten minutes to live?
token_is_good() {
  found=$(cluster_kubectl -n kube-system get secret "bootstrap-token-${token%%.*}" \
    -o 'jsonpath={.data.token-secret} {.data.expiration}' 2>/dev/null) || return 1
  secret=$(printf '%s' "${found%% *}" | base64 -d 2>/dev/null) || return 1
  [ "$secret" = "${token#*.}" ] || return 1
  [ -n "${found#* }" ] || return 0
  expiry=$(printf '%s' "${found#* }" | base64 -d 2>/dev/null) || return 1
  now=$(date +%s)
  soon=$(date -u -d "@$((now + 600))" +%Y%m%d%H%M%S)
  digits=''
  while [ -n "$expiry" ]; do
    case $expiry in [0-9]*) digits=$digits${expiry%"${expiry#?}"} ;; esac
    expiry=${expiry#?}
  done
  # Dates and times apart: together they are too long for a 32-bit shell.
  day=${digits%??????} soon_day=${soon%??????}
  [ "${#digits}" = 14 ] && [ "$day" -ge "$soon_day" ] || return 1
  [ "$day" -gt "$soon_day" ] || [ "${digits#????????}" -gt "${soon#????????}" ]
}

ensure_token() {
  [ "$AK8S_ENSURE_TOKEN" = 1 ] && [ -n "$token" ] || return 0
  if [ -z "$has_kubectl" ]; then
    warned token "no kubectl on this node; 'alpine-k8s up' makes the token through the API"
    return 0
  fi
  if token_is_good; then
    present token
    return 0
  fi
  now=$(date +%s)
  expiry=$(date -u -d "@$((now + 7200))" +%Y-%m-%dT%H:%M:%SZ)
  need_tmp
  # The Secret comes by standard input from a builtin: no list of processes shows it.
  if ! printf '%s\n' 'apiVersion: v1' 'kind: Secret' 'type: bootstrap.kubernetes.io/token' 'metadata:' \
    "  name: bootstrap-token-${token%%.*}" '  namespace: kube-system' 'stringData:' "  token-id: \"${token%%.*}\"" \
    "  token-secret: \"${token#*.}\"" "  expiration: \"$expiry\"" '  usage-bootstrap-authentication: "true"' \
    '  usage-bootstrap-signing: "true"' '  auth-extra-groups: system:bootstrappers:kubeadm:default-node-token' |
    cluster_kubectl apply --server-side --force-conflicts --field-manager=alpine-k8s -f - >"$tmp/out" 2>&1; then
    slurp "$tmp/out"
    hidden "$text"
    give_up 14 'token' "it could not be put into the cluster: $shown"
  fi
  changed token
}

# demand_api_manifest: without it no kubelet starts the API, however long one waits.
demand_api_manifest() {
  file=/etc/kubernetes/manifests/kube-apiserver.yaml
  if [ -e "$file" ] || api_answers 10; then return 0; fi
  give_up 16 'API' "this master is finished and $file is not there, so the kubelet cannot start the API (nothing was reset); put the file back"
}

# demand_left_etcd: an undone join wipes this node's etcd. Should that be a member with a vote by now, the others would lose
# their majority with it; only the caller can know.
demand_left_etcd() {
  [ "$state $node_step" = 'started join-master' ] && [ -e /var/lib/etcd/member ] || return 0
  [ "$AK8S_LEFT_ETCD" = 1 ] ||
    give_up 11 'etcd' "this node may be a member already: take it out of etcd first ('alpine-k8s up' does), then set AK8S_LEFT_ETCD=1"
}

step=init
[ "$AK8S_JOIN" != 1 ] || step=join-master
begin master "$step"
# Whoever began to join knows of a cluster that lives: there must not be a second one beside it.
if [ "$state $node_step $step" = 'started join-master init' ]; then
  give_up 11 'role' 'this node began to join a cluster as a further master and was to make a new one; join it, or remove it first'
fi
case $state in
  finished)
    kubelet_of_finished
    demand_api_manifest
    wait_api 16 'this master is finished and its API does not answer (nothing was reset)'
    present "${node_step%-master}"
    ;;
  *)
    if [ "$step" = join-master ]; then
      ready_to_join
      check_pki
      demand_left_etcd
    fi
    [ "$state" != started ] || undo_started
    if [ "$step" = init ]; then
      init
    else
      # An init that did not end is undone by now, and this node no first master any more.
      rm -f "$marks/init.started"
      etcd_patches
      join master join-master put_pki
      rm -rf "$tmp/pki"
    fi
    wait_api 14 "kubeadm ${step%-master} has ended well, and the API did not answer"
    ;;
esac
put_login_config
if [ "$step" = init ]; then
  ensure_token
  apply_network
  bring_rest
  apply_addons
fi
