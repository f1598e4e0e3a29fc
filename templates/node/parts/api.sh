# Part of master.sh and certs.sh: whether the API answers.

admin=/etc/kubernetes/admin.conf
has_kubectl=''
! command -v kubectl >/dev/null || has_kubectl=yes

cluster_kubectl() { kubectl --kubeconfig "$admin" --request-timeout 10s "$@"; }

# api_answers: by kubectl; without one, by somebody who listens on the API's port.
api_answers() {
  if [ -n "$has_kubectl" ]; then
    cluster_kubectl get --raw=/readyz >/dev/null 2>&1
    return
  fi
  for file in /proc/net/tcp /proc/net/tcp6; do
    [ -r "$file" ] || continue
    while read -r _ local _ socket_state _; do
      [ "$socket_state ${local##*:}" != '0A 192B' ] || return 0
    done <"$file"
  done
  return 1
}

# wait_api CODE WORDS
wait_api() {
  uptime_now
  api_deadline=$((uptime_seconds + AK8S_API_WAIT))
  until api_answers; do
    uptime_now
    [ "$uptime_seconds" -lt "$api_deadline" ] || give_up "$1" 'API' "$2 within $AK8S_API_WAIT s; see 'crictl ps -a' and /var/log/pods"
    sleep 2
  done
}
