#!/bin/sh
# Renews on a finished master what kubeadm can renew, and restarts the control plane so that it is used. Cut off at any
# moment and run again, it puts back what was there and does it anew. etcd's data are not touched. Variables, output and
# exit codes: docs/node-scripts.md
set -eu
script=certs
: "${AK8S_NODE_FQDN:=}"

# ---- common: the same text in every script of this folder (a test compares) ----
: "${AK8S_CA_HASH:=}" "${AK8S_CA_FINGERPRINT:=}" "${AK8S_API_WAIT:=300}" "${AK8S_KUBELET_WAIT:=120}" "${AK8S_IGNORE_PREFLIGHT:=}"
PATH=${PATH:+$PATH:}/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export PATH
# Nothing here talks through a proxy but apk and the runtime, and those get it from AK8S_*.
unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY all_proxy ALL_PROXY
cd /
umask 022
nl='
'
tab='	'
marks=/etc/alpine-k8s
tmp=
durable=
changed_ids='' present_ids='' warning_texts='' failed_texts=''

# one_line TEXT: $line_text is TEXT with line ends and tabs made blanks.
one_line() {
  line_text=$1
  while :; do
    case $line_text in
      *"$nl"*) line_text="${line_text%%"$nl"*}; ${line_text#*"$nl"}" ;;
      *"$tab"*) line_text="${line_text%%"$tab"*} ${line_text#*"$tab"}" ;;
      *) break ;;
    esac
  done
  case $line_text in
    *[[:cntrl:]]*) line_text=$(printf '%s' "$line_text" | tr -d '\000-\037\177') ;;
  esac
}

# json_text TEXT: $json is TEXT as a JSON string.
json_text() {
  one_line "$1"
  json='' rest=$line_text
  while :; do
    case $rest in
      *[\\\"]*)
        head=${rest%%[\\\"]*}
        rest=${rest#"$head"}
        case $rest in
          \\*) json="$json$head\\\\" ;;
          *) json="$json$head\\\"" ;;
        esac
        rest=${rest#?}
        ;;
      *) break ;;
    esac
  done
  json="\"$json$rest\""
}
changed() { json_text "$1"; changed_ids="${changed_ids:+$changed_ids,}$json"; }
present() { json_text "$1"; present_ids="${present_ids:+$present_ids,}$json"; }
warned() { json_text "$1: $2"; warning_texts="${warning_texts:+$warning_texts,}$json"; }
failed() {
  json_text "$1: $2"
  failed_texts="${failed_texts:+$failed_texts,}$json"
  one_line "$1: $2"
  printf 'alpine-k8s: %s\n' "$line_text" >&2
}
# give_up CODE WHAT WHY: says it and ends.
give_up() {
  failed "$2" "$3"
  exit "$1"
}

finish() {
  code=$?
  trap - EXIT
  trap '' TERM INT HUP
  if [ -n "$tmp" ] && [ -s "$tmp/pid" ]; then
    read -r pid <"$tmp/pid"
    kill "$pid" 2>/dev/null || :
  fi
  [ -z "$tmp" ] || rm -rf "$tmp"
  if [ "$code" -ne 0 ] && [ -z "$failed_texts" ]; then
    failed "$script.sh" "ended early with code $code"
  fi
  printf '@alpine-k8s {"script":"%s","changed":[%s],"present":[%s],"warnings":[%s],"failed":[%s]}\n' \
    "$script" "$changed_ids" "$present_ids" "$warning_texts" "$failed_texts"
  exit "$code"
}
trap finish EXIT
trap 'exit 143' TERM
trap 'exit 130' INT
trap 'exit 129' HUP

# need_tmp: $tmp is a folder of this run's own, 0700, in memory, gone when the script ends.
need_tmp() {
  [ -z "$tmp" ] || return 0
  mkdir_words=$(mkdir -m 0700 "/run/alpine-k8s.$$" 2>&1) || give_up 10 "/run/alpine-k8s.$$" "${mkdir_words:-it cannot be made}"
  tmp=/run/alpine-k8s.$$
  started_at $$
  printf '%s\n' "$ticks" >"$tmp/started"
}

# started_at PID: $ticks is when the process began (proc(5)); empty when there is none, or it has ended and is a zombie.
started_at() {
  ticks='' process_state=''
  read -r stat_line 2>/dev/null <"/proc/$1/stat" || return 0
  # Behind the name, which may hold anything, the state comes first and the start as the twentieth.
  read -r process_state _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ ticks _ <<END
${stat_line##*) }
END
  [ "$process_state" != Z ] || ticks=''
}

# runs FOLDER: whether the script whose folder that is still runs, and is not another process under its number.
runs() {
  [ "${1##*.}" != "$$" ] || return 1
  started_at "${1##*.}"
  [ -n "$ticks" ] || return 1
  began=$ticks
  read -r began 2>/dev/null <"$1/started" || :
  [ "$began" = "$ticks" ]
}

# sweep: such folders of scripts that were killed, for there may be a token in them.
sweep() {
  for left in /run/alpine-k8s.*; do
    case ${left##*.} in '' | *[!0-9]*) continue ;; esac
    runs "$left" || rm -rf "$left"
  done
}
sweep

# try COMMAND…: runs it quietly; on failure 1, and $trouble is its last line. The output goes to a file because a
# daemon started by it may keep a pipe open for ever.
try() {
  need_tmp
  trouble=''
  if "$@" >"$tmp/out" 2>&1 </dev/null; then return 0; else try_code=$?; fi
  while IFS= read -r try_line || [ -n "$try_line" ]; do
    case $try_line in *[!\ ]*) trouble=$try_line ;; esac
  done <"$tmp/out"
  trouble="$1 ${2:-} failed (code $try_code)${trouble:+: $trouble}"
  return 1
}

# service NAME VERB: rc-service, in a session of its own: the daemons that it starts stay in the process group of its
# caller, and ours may be ended as a whole.
service() {
  try setsid rc-service "$@" || { trouble="rc-service $1 $2${trouble#setsid rc-service}"; return 1; }
}

# slurp FILE: $text is the file, byte for byte.
slurp() {
  text=''
  while IFS= read -r slurp_line; do text=$text$slurp_line$nl; done <"$1"
  text=$text$slurp_line
}

# put_file FILE MODE: the file becomes $text, whole or not at all, with $durable also when the power fails; an existing
# file keeps its mode.
put_file() {
  [ -d "${1%/*}" ] || mkdir -p "${1%/*}" || return 1
  if [ -f "$1" ]; then
    cp -p "$1" "$1.ak8s" || return 1
  else
    : >"$1.ak8s" && chmod "$2" "$1.ak8s" || return 1
  fi
  printf '%s' "$text" >"$1.ak8s" || return 1
  # A name that is on the disk before its content would be an empty file after a power failure.
  [ -z "$durable" ] || sync
  # A bind-mounted file (/etc/hosts of a container) cannot be renamed over.
  mv -f "$1.ak8s" "$1" 2>/dev/null || { cp "$1.ak8s" "$1" && rm -f "$1.ak8s"; }
}

# uptime_now: $uptime_seconds, from a clock that nobody steps.
uptime_now() {
  read -r uptime_seconds _ </proc/uptime
  uptime_seconds=${uptime_seconds%%.*}
}

# ignored NAME: is this preflight check to be ignored?
ignored() {
  case ",$AK8S_IGNORE_PREFLIGHT," in
    *",$1,"* | *,all,*) return 0 ;;
  esac
  return 1
}

# ca_is_ours: is the CA on this node the cluster's? Without a fingerprint to compare: no.
ca_is_ours() {
  { [ -n "$AK8S_CA_FINGERPRINT" ] && [ -s /etc/kubernetes/pki/ca.crt ]; } || return 1
  ca_sum=$(sed '/-----/d' /etc/kubernetes/pki/ca.crt | base64 -d 2>/dev/null | sha256sum)
  [ "${ca_sum%% *}" = "$AK8S_CA_FINGERPRINT" ]
}

# ca_is_whole: is the CA's file a certificate to its end? A power failure leaves empty and half-written ones.
ca_is_whole() { grep -q '^-----END CERTIFICATE-----' /etc/kubernetes/pki/ca.crt 2>/dev/null; }

has_kubeadm_files() {
  for file in /etc/kubernetes/*.conf /etc/kubernetes/manifests/*.yaml /var/lib/kubelet/config.yaml; do
    [ ! -e "$file" ] || return 0
  done
  return 1
}

# read_marker NAME: $marker_hash; 1 when there is no such marker. An empty one was cut off by a power failure.
read_marker() {
  marker_hash=''
  [ -f "$marks/$1" ] || return 1
  read -r marker_hash <"$marks/$1" || :
}

# node_state: $state is clean, started, finished or foreign, $node_role master, minion or none, $state_hash from our markers.
node_state() {
  state=clean node_role=none state_hash='' marked=''
  for step in init join; do
    if read_marker "$step.started"; then
      marked=started state_hash=$marker_hash node_role=$step
    fi
    if read_marker "$step.finished"; then
      marked=finished state_hash=${marker_hash:-$state_hash} node_role=$step
    fi
    [ -z "$marked" ] || break
  done
  case $node_role in
    init) node_role=master ;;
    join) node_role=minion ;;
    *)
      if [ -e /etc/kubernetes/manifests/kube-apiserver.yaml ] || [ -e /etc/kubernetes/admin.conf ]; then
        node_role=master
      elif [ -e /etc/kubernetes/kubelet.conf ]; then
        node_role=minion
      fi
      ;;
  esac
  if [ -n "$marked" ]; then
    state=$marked
    if [ -n "$AK8S_CA_HASH" ] && [ -n "$state_hash" ] && [ "$state_hash" != "$AK8S_CA_HASH" ]; then
      state=foreign
    elif { [ "$state" = started ] || [ -z "$state_hash" ]; } && [ -n "$AK8S_CA_FINGERPRINT" ] && ca_is_whole && ! ca_is_ours; then
      state=foreign
    fi
  elif has_kubeadm_files; then
    if ca_is_ours; then state=finished; else state=foreign; fi
  fi
}

refuse_foreign() {
  if [ -n "$state_hash" ]; then
    give_up 11 "other cluster" "this node belongs to a cluster with CA ${state_hash}; take it out there, or give another node"
  fi
  give_up 11 "other cluster" "this node has kubeadm files that are not of this cluster; 'kubeadm reset' there first, or give another node"
}

# kubelet_look: $kubelet_state is started, stopped, crashed or none (no service).
kubelet_look() {
  kubelet_state=none
  [ -e /etc/init.d/kubelet ] || return 0
  kubelet_state=stopped
  # OpenRC's own book saves running its shell for a service that is not started.
  if [ -d /run/openrc/started ] && [ ! -e /run/openrc/started/kubelet ]; then
    [ ! -e /run/openrc/failed/kubelet ] || kubelet_state=crashed
    return 0
  fi
  if rc-service kubelet status >/dev/null 2>&1; then status_code=0; else status_code=$?; fi
  case $status_code in
    0) kubelet_state=started ;;
    32) kubelet_state=crashed ;;
  esac
}

# kubelet_healthy: does it say ok? Else $health has its words. Under timeout, for wget -T of BusyBox 1.35 crashes.
kubelet_healthy() {
  health=$(timeout 3 wget -q -O - http://127.0.0.1:10248/healthz 2>&1) || health=${health:-no answer}
  [ "$health" = ok ]
}

# kubelet_up SECONDS: started and healthy within that time; a stopped or crashed one is started, once in five seconds.
kubelet_up() {
  uptime_now
  kubelet_deadline=$((uptime_seconds + $1))
  kubelet_turn=0
  while :; do
    if kubelet_healthy; then
      [ "$kubelet_turn" -gt 0 ] || kubelet_look
      [ "$kubelet_state" != started ] || return 0
    fi
    if [ $((kubelet_turn % 5)) -eq 0 ]; then
      kubelet_look
      case $kubelet_state in
        none) return 1 ;;
        crashed) service kubelet zap || : ;;
      esac
      if [ "$kubelet_state" != started ]; then
        service kubelet start || :
        kubelet_look
      fi
    fi
    uptime_now
    [ "$uptime_seconds" -lt "$kubelet_deadline" ] || return 1
    kubelet_turn=$((kubelet_turn + 1))
    sleep 1
  done
}

# kubelet_words: $words for a kubelet that is not up, with the last lines of its log.
kubelet_words() {
  words="service $kubelet_state, healthz: ${health:-not asked}"
  if [ -s /var/log/kubelet/kubelet.log ]; then
    words="$words; last lines of /var/log/kubelet/kubelet.log: $(tail -n 4 /var/log/kubelet/kubelet.log)"
  fi
}
# ---- end of common ----

# ---- api: the same text in master.sh and certs.sh (a test compares) ----

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
# ---- end of api ----

# What kubeadm renews, below /etc/kubernetes. The kubelet renews its own; CAs are never renewed.
files='admin.conf super-admin.conf controller-manager.conf scheduler.conf'
for name in apiserver apiserver-kubelet-client apiserver-etcd-client front-proxy-client etcd/server etcd/peer etcd/healthcheck-client; do
  files="$files pki/$name.crt pki/$name.key"
done
# The files as they were. While it is there, a renewal has begun and not ended. kubeadm reset takes it away with the rest.
saved=/etc/kubernetes/pki/alpine-k8s-renewal

# save: whole or not at all, on the disk before kubeadm writes, which it does without any care.
save() {
  rm -rf "$saved.new"
  mkdir -m 0700 "$saved.new" "$saved.new/pki" "$saved.new/pki/etcd" || return 1
  for file in $files; do
    [ ! -s "/etc/kubernetes/$file" ] || cp -p "/etc/kubernetes/$file" "$saved.new/$file" || return 1
  done
  sync
  mv "$saved.new" "$saved"
  sync
}

# put_back: every file that was saved, each whole or not at all.
put_back() {
  for file in $files; do
    if [ ! -s "$saved/$file" ] || cmp -s "$saved/$file" "/etc/kubernetes/$file"; then continue; fi
    cp -p "$saved/$file" "/etc/kubernetes/$file.ak8s" && mv -f "/etc/kubernetes/$file.ak8s" "/etc/kubernetes/$file" || return 1
  done
  sync
}

# forget: by a new name first. Half of it under the old one would be put back as if it were the whole.
forget() {
  rm -rf "$saved.new"
  mv "$saved" "$saved.new"
  sync
  rm -rf "$saved.new"
}

renew() {
  if [ -d "$saved" ]; then
    printf '%s\n' 'the last renewal on this node did not end; what was there before is put back first'
    put_back || give_up 10 'certificates' "they cannot be put back from $saved; is the disk full?"
  else
    save || give_up 10 'certificates' "they cannot be saved below $saved; is the disk full?"
  fi
  if ! try timeout 180 kubeadm certs renew all || grep -q "can't be renewed" "$tmp/out"; then
    slurp "$tmp/out"
    words=${text%"$nl"}
    put_back || give_up 10 'certificates' "they cannot be put back from $saved; is the disk full?"
    forget
    give_up 13 'kubeadm certs renew' "the certificates are as before: $words"
  fi
  sync
}

runtime() { crictl --runtime-endpoint unix:///run/containerd/containerd.sock --timeout 10s "$@"; }

# container_of COMPONENT: $container is the id of the one that runs, or empty.
container_of() {
  container=$(runtime ps --quiet --label "io.kubernetes.pod.name=$1-$AK8S_NODE_FQDN" 2>/dev/null) || container=''
  container=${container%%"$nl"*}
}

# restart COMPONENT: its container is stopped, and the kubelet starts another. The manifests stay where they are: nothing
# has to be put back when this is cut off.
restart() {
  [ -e "/etc/kubernetes/manifests/$1.yaml" ] || return 0
  container_of "$1"
  old=$container trouble=''
  [ -z "$old" ] || try runtime stop --timeout 30 "$old" || :
  uptime_now
  deadline=$((uptime_seconds + AK8S_API_WAIT))
  container=$old
  while [ -z "$container" ] || [ "$container" = "$old" ]; do
    uptime_now
    [ "$uptime_seconds" -lt "$deadline" ] ||
      give_up 14 "$1" "renewed, but it did not come back within $AK8S_API_WAIT s${trouble:+ ($trouble)}; see 'crictl ps -a' and /var/log/pods; the next run continues"
    sleep 1
    container_of "$1"
  done
  changed "$1"
}

# wake: a component that crashed over and over, of an expired certificate for example, is waited with by the kubelet for
# up to five minutes; a new kubelet has forgotten that.
wake() {
  for component in etcd kube-apiserver kube-controller-manager kube-scheduler; do
    [ -e "/etc/kubernetes/manifests/$component.yaml" ] || continue
    container_of "$component"
    [ -z "$container" ] || continue
    service kubelet restart || warned kubelet "$trouble"
    break
  done
  kubelet_up "$AK8S_KUBELET_WAIT" || {
    kubelet_words
    give_up 16 'kubelet' "the certificates are renewed, and the kubelet that has to restart the control plane is not healthy: $words"
  }
}

{ [ -n "$AK8S_CA_HASH" ] && [ -n "$AK8S_NODE_FQDN" ]; } || give_up 10 'certs.sh' 'AK8S_CA_HASH and AK8S_NODE_FQDN must be set'
node_state
[ "$state" != foreign ] || refuse_foreign
[ "$state $node_role" = 'finished master' ] || give_up 10 'role' "this node is $state, role $node_role; only a finished master has certificates that kubeadm renews"
for ca in ca front-proxy-ca etcd/ca; do
  if [ -s "/etc/kubernetes/pki/$ca.crt" ] && [ ! -s "/etc/kubernetes/pki/$ca.key" ]; then
    give_up 10 'CA' "the key /etc/kubernetes/pki/$ca.key is not on this master, and nothing can be signed without it; put it there for the time of the renewal"
  fi
done
renew
changed certificates
wake
for component in etcd kube-apiserver kube-controller-manager kube-scheduler; do restart "$component"; done
wait_api 14 'the certificates are renewed, and the API does not answer'
forget
