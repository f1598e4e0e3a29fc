# Part of shared.sh: the facts that check mode tells.

fact() {
  one_line "$2"
  printf 'fact %s %s\n' "$1" "$line_text"
}

# read_clock: $clock in seconds, with their fraction where date has one.
read_clock() {
  clock=$(date +%s.%N)
  case $clock in *[!0-9.]*) clock=${clock%%.*} ;; esac
}

# measures: what conditions and facts both need.
measures() {
  uptime_now
  uptime_start=$uptime
  read_clock
  clock_now=${clock%%.*}
  container_look
  cpu_count
  read -r _ memory_kib _ </proc/meminfo
  container_limits
  disk_total=0 disk_free=0
  { read -r _; read -r _ disk_total _ disk_free _ || :; } <<DISK
$(df -Pk /var/lib 2>/dev/null)
DISK
  disk_total=${disk_total:-0} disk_free=${disk_free:-0}
  interface_list
  versions
  node_state
}

# since_boot: $age, the whole seconds since the first process started (proc_pid_stat(5), field 22, in hundredths): of a
# container since its own start, where /proc/uptime tells that of the computer.
since_boot() {
  age=none
  read -r stat </proc/1/stat || return 0
  # shellcheck disable=SC2086 # fields are words
  set -- ${stat##*) }
  [ $# -lt 20 ] || age=$((uptime_seconds - ${20} / 100))
}

# service_facts: one that OpenRC has started and that says ok is up; asking OpenRC's shell costs more than all else here.
service_facts() {
  kubelet_state='' health=''
  if [ -e /run/openrc/started/kubelet ] && kubelet_healthy; then kubelet_state=started; else kubelet_look; fi
  fact kubelet_service "$kubelet_state"
  if [ "$kubelet_state" = started ]; then
    [ -n "$health" ] || kubelet_healthy || :
    fact kubelet_healthz "$health"
  else
    fact kubelet_healthz 'not running'
  fi
}

# begin_api_fact: the API is asked while the rest is looked at, for starting kubectl takes long.
begin_api_fact() {
  [ -e "$admin" ] || return 0
  api_answers 5 &
  api_asked=$!
}

api_fact() {
  api=none
  if [ -n "$api_asked" ]; then
    api=down
    ! wait "$api_asked" || api=ok
  fi
  fact api "$api"
}

# certificate_facts: every certificate of the cluster on this node, in base64. Of files that hold a key, too, only what
# stands between the marks of the first certificate is told; a kubeconfig's is a PEM text in base64.
certificate_facts() {
  set --
  for file in /etc/kubernetes/pki/*.crt /etc/kubernetes/pki/etcd/*.crt /etc/kubernetes/*.conf \
    /var/lib/kubelet/pki/kubelet-client-current.pem /var/lib/kubelet/pki/kubelet-server-current.pem /var/lib/kubelet/pki/kubelet.crt; do
    case $file in *[[:space:]]*) continue ;; esac
    if [ -s "$file" ]; then set -- "$@" "$file"; elif [ -e "$file" ]; then fact certificate "$file none"; fi
  done
  [ $# -gt 0 ] || return 0
  awk '
    function told() { if (body != "") print "fact certificate " file " " body; body = "" }
    FNR == 1 { told(); file = FILENAME; inside = 0; over = 0 }
    over { next }
    { sub(/\r$/, "") }
    /^-----/ {
      if (inside) over = 1
      if ($0 == "-----BEGIN CERTIFICATE-----") inside = 1
      next
    }
    inside { body = body $0; next }
    $1 == "client-certificate-data:" { body = $2; gsub(/"/, "", body); over = 1 }
    END { told() }' "$@"
}

# address_facts: of the address that one of the masters carries.
address_facts() {
  if [ -e "$virtual_pod" ]; then
    sum=$(sha256sum <"$virtual_pod")
    fact virtual_pod "${sum%% *}"
  elif [ -e "$virtual_record" ]; then
    fact virtual_pod removed
  fi
  [ -n "$AK8S_VIRTUAL_ADDRESS" ] || return 0
  first_of "$AK8S_ENDPOINT_NAME"
  [ "$first" != "$AK8S_VIRTUAL_ADDRESS" ] || fact virtual_first yes
  while read -r name address; do
    [ "${address%/*}" != "$AK8S_NODE_ADDRESS" ] || fact interface "$name"
    [ "${address%/*}" != "$AK8S_VIRTUAL_ADDRESS" ] || fact virtual_here yes
  done <<LIST
$interfaces
LIST
}

facts() {
  value_of /etc/alpine-release; fact os "${value:-unknown}"
  fact arch "$(uname -m)"
  fact cpus "$cpus"
  fact memory_kib "$memory_kib"
  # Read again: the reader takes the lines' arrival for their moment.
  read_clock; uptime_now; since_boot; fact uptime "$uptime"; fact since_boot "$age"; fact clock "$clock"
  fact container "${container:-none}"
  value_of /etc/machine-id; fact machine_id "${value:-none}"
  product_uuid; fact product_uuid "${value:-none}"
  fact kubeadm "$kubeadm"
  fact kubelet "$kubelet"
  service_facts
  fact role "$node_role"
  fact state "$state"
  rest=none
  [ ! -e $marks/network.rest ] || rest=pending
  fact network_rest "$rest"
  api_fact
  address_facts
  renewal=none
  [ ! -d /etc/kubernetes/pki/alpine-k8s-renewal ] || renewal=pending
  fact certificate_renewal "$renewal"
  certificate_facts
  [ -r $marks/notice ] || return 0
  while IFS= read -r line || [ -n "$line" ]; do
    [ -z "$line" ] || fact notice "$line"
  done <$marks/notice
}
