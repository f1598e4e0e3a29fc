#!/bin/sh
# Joins this node to its cluster as a minion: waits for the API, kubeadm join, once. A node that has joined is only looked
# after. Variables, output and exit codes: docs/node-scripts.md
set -eu
script=minion
: "${AK8S_KUBEADM_CONFIG_B64:=}" "${AK8S_TOKEN:=}"
# Taken out of the environment: no program started here inherits it.
token=$AK8S_TOKEN
unset AK8S_TOKEN

. parts/common.sh
. parts/node-state.sh
. parts/kubelet.sh
. parts/kubeadm.sh

# endpoint: $endpoint_host and $endpoint_port, from the configuration for kubeadm join.
endpoint() {
  endpoint_host='' endpoint_port=6443
  while read -r word value _; do
    [ "$word" = apiServerEndpoint: ] || [ "$word" = '"apiServerEndpoint":' ] || continue
    value=${value#[\"\']} value=${value%,} value=${value%[\"\']}
    endpoint_host=${value%:*} endpoint_port=${value##*:}
  done <"$tmp/kubeadm.yaml"
  [ -n "$endpoint_host" ] || give_up 10 'AK8S_KUBEADM_CONFIG_B64' 'it names no apiServerEndpoint'
}

# port_open: does the endpoint take connections? BusyBox nc has -z on some systems only; a nc that was connected and then
# had to be ended is as good.
port_open() {
  nc_code=0
  timeout 5 nc -w 2 "$endpoint_host" "$endpoint_port" </dev/null >/dev/null 2>&1 || nc_code=$?
  case $nc_code in 0 | 124 | 143) return 0 ;; esac
  return 1
}

wait_endpoint() {
  uptime_now
  deadline=$((uptime_seconds + AK8S_API_WAIT))
  until port_open; do
    uptime_now
    [ "$uptime_seconds" -lt "$deadline" ] ||
      give_up 14 'API' "$endpoint_host:$endpoint_port takes no connection after $AK8S_API_WAIT s; is the master up, and its address right in /etc/hosts?"
    sleep 2
  done
}

join() {
  kubeadm_config
  endpoint
  wait_endpoint
  # The cluster believes for up to 40 s that a node which was joining when it was cut off is ready, and kubeadm refuses
  # the name meanwhile.
  attempt=1
  while :; do
    write_marker join.started
    enable_kubelet
    run_kubeadm join --config "$tmp/kubeadm.yaml" ${AK8S_IGNORE_PREFLIGHT:+"--ignore-preflight-errors=$AK8S_IGNORE_PREFLIGHT"}
    [ "$kubeadm_code" != 0 ] || break
    case $complaint in
      *'already exists in the cluster'*) ;;
      *) kubeadm_failed 'kubeadm join' ;;
    esac
    [ "$attempt" -lt 7 ] || give_up 13 'kubeadm join' "a node of this name is ready in the cluster; remove it there first: $complaint"
    attempt=$((attempt + 1))
    sleep 10
    node_role=minion
    undo_started
  done
  rm -f "$tmp/kubeadm.yaml"
  write_marker join.finished
  changed join
  kubelet_of_new 'kubeadm join'
}

begin minion join
case $state in
  finished)
    kubelet_of_finished
    present join
    ;;
  *)
    [ "$state" != started ] || undo_started
    join
    ;;
esac
