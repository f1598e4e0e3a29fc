# Part of master.sh, certs.sh, shared.sh and virtual-address.sh: whether the API of this master answers.

has_kubectl=''
! command -v kubectl >/dev/null || has_kubectl=yes

# own_api: $own_api is ADDRESS:PORT of this master's API, as kubeadm noted it in the manifest; empty when nobody knows.
# admin.conf names the endpoint, behind which another master may answer.
own_api() {
  own_api=${AK8S_NODE_ADDRESS:+$AK8S_NODE_ADDRESS:6443}
  [ -r /etc/kubernetes/manifests/kube-apiserver.yaml ] || return 0
  while read -r word value _; do
    case $word in
      *kubeadm.kubernetes.io/kube-apiserver.advertise-address.endpoint*)
        value=${value#[\"\']} value=${value%,} own_api=${value%[\"\']}
        break
        ;;
    esac
  done </etc/kubernetes/manifests/kube-apiserver.yaml
}

# ask_api SECONDS ARGUMENT…: kubectl with this master's own API.
ask_api() {
  own_api
  ask_seconds=$1
  shift
  kubectl --kubeconfig "$admin" --request-timeout "${ask_seconds}s" ${own_api:+--server "https://$own_api"} "$@"
}

cluster_kubectl() { ask_api 10 "$@"; }

# api_answers SECONDS: by kubectl; without one, by somebody who listens on the API's port.
api_answers() {
  if [ -n "$has_kubectl" ]; then
    ask_api "$1" get --raw=/readyz >/dev/null 2>&1
  else
    api_listens
  fi
}

# api_listens: does somebody on the API's port? Starts no program.
api_listens() {
  for sockets in /proc/net/tcp /proc/net/tcp6; do
    [ -r "$sockets" ] || continue
    while read -r _ local _ socket_state _; do
      [ "$socket_state ${local##*:}" != '0A 192B' ] || return 0
    done <"$sockets"
  done
  return 1
}

# wait_api CODE WORDS
wait_api() {
  uptime_now
  api_deadline=$((uptime_seconds + AK8S_API_WAIT)) told=''
  until timed api_answers 10; do
    [ -n "$told" ] || printf '%s\n' "waiting for this master's API, at most $AK8S_API_WAIT s"
    told=yes
    uptime_now
    [ "$uptime_seconds" -lt "$api_deadline" ] || give_up "$1" 'API' "$2 within $AK8S_API_WAIT s; see 'crictl ps -a' and /var/log/pods"
    pause
  done
}
