#!/bin/sh
# Makes this node the cluster's first master: kubeadm init with the CA and the token given, once; then the network manifest.
# A finished master is never reset, whatever its API answers. Variables, output and exit codes: docs/node-scripts.md
set -eu
script=master
: "${AK8S_KUBEADM_CONFIG_B64:=}" "${AK8S_TOKEN:=}" "${AK8S_CA_CRT_B64:=}" "${AK8S_CA_KEY_B64:=}"
: "${AK8S_NETWORK_MANIFEST:=}" "${AK8S_ENSURE_TOKEN:=0}"
# Taken out of the environment: no program started here inherits them.
token=$AK8S_TOKEN ca_key_b64=$AK8S_CA_KEY_B64
unset AK8S_TOKEN AK8S_CA_KEY_B64

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

# ---- kubeadm: the same text in master.sh and minion.sh (a test compares) ----

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

# run_kubeadm ARGUMENT…: its lines go to stdout without the token; $kubeadm_code, and $complaint, its last words. It has a
# session of its own because the kubelet's supervisor, started by it, stays in its process group and must outlive ours;
# when this script ends early, kubeadm alone is ended.
run_kubeadm() {
  : >"$tmp/complaint"
  {
    run_code=0
    # shellcheck disable=SC2016 # words for the inner shell
    setsid sh -c 'echo $$ >"$0"; exec kubeadm "$@"' "$tmp/pid" "$@" 2>&1 </dev/null || run_code=$?
    rm -f "$tmp/pid"
    printf '%s\n' "$run_code" >"$tmp/code"
  } | {
    last='' error=''
    while IFS= read -r line || [ -n "$line" ]; do
      hidden "$line"
      printf '%s\n' "$shown"
      case $shown in
        *'stack trace of this error'* | '') continue ;;
        [Ee]rror* | *'[ERROR '* | *': error'*) error="$error$shown$nl" ;;
        *) [ -z "$error" ] || [ ${#error} -gt 1500 ] || error="$error$shown$nl" ;;
      esac
      last="$last$shown$nl"
      while [ ${#last} -gt 500 ]; do last=${last#*"$nl"}; done
    done
    printf '%s' "${error:-$last}" >"$tmp/complaint"
  }
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
  try kubeadm reset -f --cri-socket unix:///run/containerd/containerd.sock || warned reset "$trouble"
  if [ -e /etc/init.d/kubelet ]; then service kubelet stop || :; fi
  [ ! -e /etc/runlevels/default/kubelet ] || try rc-update del kubelet default || :
  for name in 10-flannel.conflist 10-canal.conflist 10-calico.conflist calico-kubeconfig calico-tls; do
    rm -rf "/etc/cni/net.d/$name"
  done
  rm -rf /etc/kubernetes/pki /etc/kubernetes/*.conf /etc/kubernetes/manifests/*.yaml
  rm -f /var/lib/kubelet/config.yaml /var/lib/kubelet/kubeadm-flags.env
  [ "$node_role" != master ] || rm -rf /var/lib/etcd
  changed reset
}

enable_kubelet() {
  [ ! -e /etc/runlevels/default/kubelet ] || return 0
  try rc-update add kubelet default || give_up 10 'kubelet' "it cannot be put into the default runlevel: $trouble"
  changed kubelet-enabled
}

# kubelet_of_finished: enabled, started, healthy; 16 when that cannot be had. Nothing is reset.
kubelet_of_finished() {
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

# begin ROLE: what every run looks at first. $state is clean, started or finished afterwards.
begin() {
  [ -n "$AK8S_CA_HASH" ] || give_up 10 "$script.sh" 'AK8S_CA_HASH must be set: joins are always pinned'
  node_state
  [ "$state" != foreign ] || refuse_foreign
  if [ "$state" != clean ] && [ "$node_role" != "$1" ]; then
    give_up 11 'role' "this node is a $node_role of this cluster and was to become a $1; remove it first"
  fi
  if [ "$state" = started ] && [ -z "$state_hash" ]; then
    printf '%s\n' "$marks/$2.started is empty, as a power failure leaves it: it counts as this cluster's"
  fi
  # A node of this cluster that somebody set up without these scripts, or whose marker a power failure emptied.
  if [ "$state" = finished ] && [ -z "$state_hash" ]; then
    write_marker "$2.finished"
    changed adopted
  fi
  if [ "$state" != finished ] && ! command -v kubeadm >/dev/null; then
    give_up 12 'kubeadm' 'it is not there; run shared.sh first'
  fi
}
# ---- end of kubeadm ----

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
  enable_kubelet
  run_kubeadm init --config "$tmp/kubeadm.yaml" --skip-token-print ${AK8S_IGNORE_PREFLIGHT:+"--ignore-preflight-errors=$AK8S_IGNORE_PREFLIGHT"}
  rm -f "$tmp/kubeadm.yaml"
  [ "$kubeadm_code" = 0 ] || kubeadm_failed 'kubeadm init'
  # From here on this master has data that nobody may reset.
  write_marker init.finished
  changed init
  kubelet_of_new 'kubeadm init'
}

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

# kubectl_words: $kubectl_words is what kubectl complained about; $answer is `refused` when the manifest can never be
# applied, `unknown` when it lacks something that may still come (a CRD, a namespace), else `stalled`.
kubectl_words() {
  kubectl_words='' answer='' late=''
  while IFS= read -r line || [ -n "$line" ]; do
    case $line in
      '' | *' serverside-applied' | 'Warning: '*) continue ;;
      *'cannot allocate resources'* | *'error validating data: failed to '*) late=yes ;;
      *' is invalid: '* | *'(Invalid): '* | *'(BadRequest): '* | *'(RequestEntityTooLarge): '* | *'error parsing '* | \
        *'error converting YAML to JSON'* | *'no objects passed to apply'* | *'error validating data: '*' not set'* | \
        *'error validating data: '*'unknown '* | *'error validating data: '*'invalid type'* | *'ValidationError('*)
        answer=refused
        ;;
      *'no matches for kind '* | *'ensure CRDs are installed first'* | *'(NotFound): '* | *'(Forbidden): '* | \
        *'(MethodNotAllowed): '* | *'failed to create typed patch object'*) answer=${answer:-unknown} ;;
      *) late=yes ;;
    esac
    [ ${#kubectl_words} -gt 1000 ] || kubectl_words="$kubectl_words${kubectl_words:+$nl}$line"
  done <"$tmp/out"
  [ "$answer" = refused ] || [ -z "$late" ] || answer=stalled
  answer=${answer:-stalled}
  hidden "${kubectl_words:-kubectl says nothing}"
  kubectl_words=$shown
}

# apply_manifest: until the API has taken all of it; stalls of the API are waited for, a manifest that it refuses is not.
apply_manifest() {
  uptime_now
  api_deadline=$((uptime_seconds + AK8S_API_WAIT)) unknown_deadline=''
  until try cluster_kubectl apply --server-side --force-conflicts --field-manager=alpine-k8s -f "$AK8S_NETWORK_MANIFEST"; do
    kubectl_words
    uptime_now
    case $answer in
      refused) unknown_deadline=$uptime_seconds ;;
      unknown) unknown_deadline=${unknown_deadline:-$((uptime_seconds + AK8S_API_WAIT / 10))} ;;
      *) unknown_deadline='' ;;
    esac
    if [ -n "$unknown_deadline" ] && [ "$uptime_seconds" -ge "$unknown_deadline" ]; then
      give_up 18 'network' "the API refuses the manifest: $kubectl_words"
    fi
    [ "$uptime_seconds" -lt "$api_deadline" ] || give_up 14 'network' "the manifest could not be applied within $AK8S_API_WAIT s: $kubectl_words"
    sleep 3
  done
}

apply_network() {
  [ -n "$AK8S_NETWORK_MANIFEST" ] || return 0
  [ -r "$AK8S_NETWORK_MANIFEST" ] || give_up 10 'network' "the manifest $AK8S_NETWORK_MANIFEST is not on this node"
  sum=$(sha256sum "$AK8S_NETWORK_MANIFEST")
  sum=${sum%% *} applied=''
  [ ! -f "$marks/network.sha256" ] || read -r applied <"$marks/network.sha256" || :
  if [ "$sum" = "$applied" ]; then
    present network
    return 0
  fi
  if [ -z "$has_kubectl" ]; then
    warned network "no kubectl on this node; 'alpine-k8s up' applies the manifest through the API"
    return 0
  fi
  apply_manifest
  text=$sum$nl
  put_file "$marks/network.sha256" 644
  changed network
}

# demand_api_manifest: without it no kubelet starts the API, however long one waits.
demand_api_manifest() {
  file=/etc/kubernetes/manifests/kube-apiserver.yaml
  if [ -e "$file" ] || api_answers; then return 0; fi
  give_up 16 'API' "this master is finished and $file is not there, so the kubelet cannot start the API (nothing was reset); put the file back"
}

begin master init
case $state in
  finished)
    kubelet_of_finished
    demand_api_manifest
    wait_api 16 'this master is finished and its API does not answer (nothing was reset)'
    present init
    ;;
  *)
    [ "$state" != started ] || undo_started
    init
    wait_api 14 'kubeadm init has ended well, and the API did not answer'
    ;;
esac
ensure_token
apply_network
