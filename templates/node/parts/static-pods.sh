# Part of certs.sh: the programs of the control plane, which the kubelet runs as static pods.

programs='etcd kube-apiserver kube-controller-manager kube-scheduler'

runtime() { crictl --runtime-endpoint unix:///run/containerd/containerd.sock --timeout 10s "$@"; }

# look PROGRAM: $container and $sandbox are the ids of the one that runs, as crictl shortens them, or empty.
look() {
  container='' sandbox=''
  need_tmp
  runtime ps --label "io.kubernetes.pod.name=$1-$AK8S_NODE_FQDN" >"$tmp/containers" 2>/dev/null || return 0
  while IFS= read -r row; do
    case $row in *" $1 "*) ;; *) continue ;; esac
    container=${row%% *}
    # What follows the name: the attempt, then the sandbox; what follows that differs from version to version.
    read -r _ sandbox _ <<END
${row##*" $1 "}
END
    break
  done <"$tmp/containers"
}

# look_by_place POD: as look, for a pod whose container has any name: the sandbox stands below the head POD ID.
look_by_place() {
  container='' sandbox=''
  need_tmp
  runtime ps --label "io.kubernetes.pod.name=$1-$AK8S_NODE_FQDN" >"$tmp/containers" 2>/dev/null || return 0
  {
    IFS= read -r head || return 0
    IFS= read -r row || return 0
  } <"$tmp/containers"
  ahead=${head%%POD ID*}
  container=${row%% *}
  sandbox=$(printf '%s\n' "$row" | cut -c "$((${#ahead} + 1))-")
  sandbox=${sandbox%% *}
}

# remember: $before has the containers that run now.
remember() {
  before=' '
  for program in $programs; do
    look "$program"
    before="$before$container "
  done
}

# is_new: $container was started after remember.
is_new() {
  case "$before" in *" $container "*) return 1 ;; esac
  [ -n "$container" ]
}

# replace PROGRAM: its sandbox goes with the container in it, and the kubelet makes both again as soon as it looks, each
# second. A container that only ended would make it wait for 10 s, 20 s and so on, when another had ended in the last ten
# minutes (its back-off looks for containers that have ended). The manifests stay where they are: nothing has to be put
# back when this is cut off. 1 when there is none to replace, or it is new already, or the runtime refuses ($trouble).
replace() {
  trouble=''
  look "$1"
  [ -n "$sandbox" ] && ! is_new || return 1
  try runtime stopp "$sandbox" && try runtime rmp "$sandbox"
}

# leader_of PROGRAM: $leader holds its lease; empty when nobody does, or nobody can be asked.
leader_of() {
  leader=''
  [ -n "$has_kubectl" ] || return 0
  leader=$(ask_api 5 -n kube-system get lease "$1" -o 'jsonpath={.spec.holderIdentity}' 2>/dev/null) || leader=''
}

# resign PROGRAM: gives up the lease of the one that was ended here, as it could not. Nobody would lead before the lease
# ends, 15 s later. Not if another has taken it meanwhile.
resigned=' '
resign() {
  grep -q -e '--leader-elect=true' "/etc/kubernetes/manifests/$1.yaml" || return 0
  leader_of "$1"
  case $leader in "$(hostname)_"*) ;; *) return 0 ;; esac
  ! ask_api 5 -n kube-system patch lease "$1" --type json --patch \
    "[{\"op\":\"test\",\"path\":\"/spec/holderIdentity\",\"value\":\"$leader\"},{\"op\":\"remove\",\"path\":\"/spec/holderIdentity\"}]" \
    >/dev/null 2>&1 || resigned="$resigned$1 "
}

# address_of PROGRAM: $address is where it tells how it is; kubeadm's default unless the manifest says otherwise.
address_of() {
  case $1 in kube-scheduler) port=10259 ;; *) port=10257 ;; esac
  host=127.0.0.1
  while read -r _ flag; do
    case $flag in
      --secure-port=*) port=${flag#*=} ;;
      --bind-address=0.0.0.0) ;;
      --bind-address=*) host=${flag#*=} ;;
    esac
  done <"/etc/kubernetes/manifests/$1.yaml"
  case $host in *:*) host="[$host]" ;; esac
  address=$host:$port
}

# ready PROGRAM: runs anew, says that it is well, and leads again where it led. Else $why not.
ready() {
  look "$1"
  is_new || { why='the kubelet has not started it again'; return 1; }
  [ -n "$has_kubectl" ] || return 0
  address_of "$1"
  kubectl --kubeconfig "$admin" --server "https://$address" --insecure-skip-tls-verify --request-timeout 5s get --raw=/healthz \
    >/dev/null 2>&1 || { why="https://$address/healthz does not say ok"; return 1; }
  case $resigned in *" $1 "*) ;; *) return 0 ;; esac
  leader_of "$1"
  [ -n "$leader" ] || { why='nobody has taken its lease'; return 1; }
}

# await PROGRAM: until it is ready; says on the way why it is not.
await() {
  uptime_now
  deadline=$((uptime_seconds + AK8S_API_WAIT)) told=''
  until timed ready "$1"; do
    [ "$why" = "$told" ] || printf 'waiting for %s: %s yet\n' "$1" "$why"
    told=$why
    uptime_now
    [ "$uptime_seconds" -lt "$deadline" ] ||
      give_up 14 "$1" "renewed, but it is not ready after $AK8S_API_WAIT s: $why${trouble:+ ($trouble)}; see 'crictl ps -a' and /var/log/pods; the next run continues"
    pause
  done
}
