# Part of master.sh and minion.sh: kubeadm join.

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

# endpoint_addresses: $endpoint_addresses are those of the endpoint in /etc/hosts, where kubeadm will find them, too.
endpoint_addresses() {
  endpoint_addresses=''
  [ -f /etc/hosts ] || return 0
  while read -r address names || [ -n "$address" ]; do
    case $address in '#'*) continue ;; esac
    case " ${names%%#*} " in
      *[[:blank:]]"$endpoint_host"[[:blank:]]*) endpoint_addresses="$endpoint_addresses${endpoint_addresses:+ }$address" ;;
    esac
  done </etc/hosts
}

# port_open: does the endpoint take connections at any of its addresses? BusyBox nc has -z on some systems only; a nc that
# was connected and then had to be ended is as good.
port_open() {
  for target in ${endpoint_addresses:-"$endpoint_host"}; do
    nc_code=0
    timeout 5 nc -w 2 "$target" "$endpoint_port" </dev/null >/dev/null 2>&1 || nc_code=$?
    case $nc_code in 0 | 124 | 143) return 0 ;; esac
  done
  return 1
}

wait_endpoint() {
  endpoint_addresses
  uptime_now
  deadline=$((uptime_seconds + AK8S_API_WAIT)) told=''
  until port_open; do
    [ -n "$told" ] || printf '%s\n' "waiting for $endpoint_host:$endpoint_port to take connections, at most $AK8S_API_WAIT s"
    told=yes
    uptime_now
    if [ "$uptime_seconds" -ge "$deadline" ]; then
      words="$endpoint_host:$endpoint_port takes no connection after $AK8S_API_WAIT s"
      case $endpoint_addresses in
        *' '*) give_up 14 'API' "$words at any of $endpoint_addresses; is a master up, and are its addresses right in /etc/hosts?" ;;
      esac
      give_up 14 'API' "$words; is the master up, and its address right in /etc/hosts?"
    fi
    blink
  done
}

# ready_to_join: what kubeadm is to be told is whole; nothing on the node is changed yet.
ready_to_join() {
  kubeadm_config
  endpoint
}

# join ROLE STEP [COMMAND]: kubeadm join, with the markers STEP.started and STEP.finished. COMMAND lays out what kubeadm
# wants to find on the disk; it is run before every attempt.
join() {
  wait_endpoint
  # The cluster believes for up to 40 s that a node which was joining when it was cut off is ready, and kubeadm refuses
  # the name meanwhile.
  attempt=1
  while :; do
    write_marker "$2.started"
    [ -z "${3:-}" ] || "$3"
    put_serving
    enable_kubelet
    run_kubeadm join --config "$tmp/kubeadm.yaml" ${patches:+"$patches"} ${AK8S_IGNORE_PREFLIGHT:+"--ignore-preflight-errors=$AK8S_IGNORE_PREFLIGHT"}
    [ "$kubeadm_code" != 0 ] || break
    case $complaint in
      *'already exists in the cluster'*) ;;
      *) kubeadm_failed 'kubeadm join' ;;
    esac
    [ "$attempt" -lt 7 ] || give_up 13 'kubeadm join' "a node of this name is ready in the cluster; remove it there first: $complaint"
    attempt=$((attempt + 1))
    sleep 10
    node_role=$1
    undo_started
  done
  rm -f "$tmp/kubeadm.yaml"
  write_marker "$2.finished"
  changed join
  kubelet_of_new 'kubeadm join'
}
