#!/bin/sh
# The address that one of the masters carries. AK8S_ACTION=put gives this master the kubelet's own pod that carries it, ask
# tells whether the API answers there, use puts it ahead of the masters in the hosts file, drop takes pod and address away.
# Cut off at any moment and run again, it goes on. Variables, output and exit codes: docs/node-scripts.md
set -eu
script=virtual-address
: "${AK8S_ACTION:=}" "${AK8S_VIRTUAL_ADDRESS:=}" "${AK8S_POD_B64:=}" "${AK8S_NODE_NAME:=}" "${AK8S_NODE_FQDN:=}"
: "${AK8S_NODE_ADDRESS:=}" "${AK8S_ENDPOINT_NAME:=}" "${AK8S_ENDPOINT_ADDRESS:=}"

. parts/common.sh
. parts/node-state.sh
. parts/hosts-file.sh
. parts/api.sh
. parts/virtual-address.sh

# put: the record first, so that the address can be taken off whatever happens. The pod's file is made outside of the
# kubelet's folder, which reads whatever appears there, and is on the disk before it gets its name.
put() {
  text=$(printf '%s' "$AK8S_POD_B64" | base64 -d 2>/dev/null)$nl
  case $text in *'kind: Pod'*) ;; *) give_up 10 'AK8S_POD_B64' 'it is no pod, or was cut off' ;; esac
  recorded_address
  before=$recorded
  pod=$text
  text=$AK8S_VIRTUAL_ADDRESS$nl
  durable=yes
  [ "$before" = "$AK8S_VIRTUAL_ADDRESS" ] || put_file "$virtual_record" 644 || give_up 10 "$virtual_record" 'it cannot be written'
  new=/etc/kubernetes/.kube-vip.ak8s
  rm -f "$new"
  (umask 077 && printf '%s' "$pod" >"$new") || give_up 10 "$new" 'it cannot be written; is the disk full?'
  if cmp -s "$new" "$virtual_pod"; then
    rm -f "$new"
    present virtual-pod
    return 0
  fi
  sync
  mv -f "$new" "$virtual_pod" || give_up 10 "$virtual_pod" 'it cannot be written'
  sync
  changed virtual-pod
  # Another address than before: the old pod takes its own off when it ends.
  [ -z "$before" ] || [ "$before" = "$AK8S_VIRTUAL_ADDRESS" ] || take_off "$before" 45 || :
}

# takes_connections: does anybody at the address, on the API's port?
takes_connections() {
  nc_code=0
  timeout 5 nc -w 2 "$AK8S_VIRTUAL_ADDRESS" 6443 </dev/null >/dev/null 2>&1 || nc_code=$?
  case $nc_code in 0 | 124 | 143) return 0 ;; esac
  return 1
}

# answers: does the API, with a certificate of our CA for its name? Without kubectl: does anybody take connections?
answers() {
  if [ -z "$has_kubectl" ]; then
    takes_connections
    return
  fi
  try timeout 10 kubectl --kubeconfig "$admin" --server "https://$AK8S_VIRTUAL_ADDRESS:6443" --tls-server-name "$AK8S_ENDPOINT_NAME" \
    --request-timeout 4s get --raw=/readyz
}

ask() {
  if answers; then present virtual-address; else warned virtual-address "the API does not answer at $AK8S_VIRTUAL_ADDRESS${trouble:+ ($trouble)}"; fi
}

# use: not before this very node reaches it.
use() {
  uptime_now
  deadline=$((uptime_seconds + 15))
  until timed takes_connections; do
    uptime_now
    [ "$uptime_seconds" -lt "$deadline" ] || give_up 14 'virtual address' "$AK8S_VIRTUAL_ADDRESS:6443 takes no connection from this node; its hosts file stays as it was"
    pause
  done
  all=$AK8S_VIRTUAL_ADDRESS,$AK8S_ENDPOINT_ADDRESS
  if hosts_look "$all" "$AK8S_ENDPOINT_NAME"; then
    present hosts-endpoint
    return 0
  fi
  printf '%s\n' "$why"
  hosts_make "$all" "$AK8S_ENDPOINT_NAME" || give_up 10 '/etc/hosts' "${trouble:-it cannot be written}"
  changed hosts-endpoint
  sync
}

# drop: the kubelet ends a pod whose file is gone, within half a minute at most.
drop() {
  recorded_address
  if [ -e "$virtual_pod" ]; then
    rm -f "$virtual_pod" || give_up 10 "$virtual_pod" 'it cannot be removed'
    sync
    changed virtual-pod
  fi
  [ -z "$recorded" ] || take_off "$recorded" 45 || give_up 10 'virtual address' "$recorded is still on this node: $trouble"
  rm -f "$virtual_record"
  sync
  [ -n "$changed_ids" ] || present clean
}

trouble=''
[ -n "$AK8S_CA_HASH" ] || give_up 10 'virtual-address.sh' 'AK8S_CA_HASH must be set'
[ "$AK8S_ACTION" = drop ] || [ -n "$AK8S_VIRTUAL_ADDRESS" ] || give_up 10 'AK8S_VIRTUAL_ADDRESS' 'it must be set'
node_state
[ "$state" != foreign ] || refuse_foreign
case $AK8S_ACTION in
  use) [ "$state" = finished ] || give_up 10 'role' "this node is $state; only one that has joined uses the address" ;;
  put | ask) [ "$state $node_role" = 'finished master' ] || give_up 10 'role' "this node is $state, role $node_role; only a finished master carries the address" ;;
esac
case $AK8S_ACTION in
  put | ask | use | drop) "$AK8S_ACTION" ;;
  *) give_up 10 'AK8S_ACTION' "it is '$AK8S_ACTION', wanted put, ask, use or drop" ;;
esac
