#!/bin/sh
# Makes a machine fit to be a Kubernetes node: looks at every condition of the table below, makes it so where it is not,
# looks again. AK8S_MODE=check only looks, and tells the facts of the node. Variables, output and exit codes:
# docs/node-scripts.md
set -eu
script=shared
: "${AK8S_MODE:=apply}" "${AK8S_NODE_NAME:=}" "${AK8S_NODE_FQDN:=}" "${AK8S_ROLE:=}" "${AK8S_NODE_ADDRESS:=}"
: "${AK8S_NODE_PREFIX:=}" "${AK8S_ADDRESS_OWNER:=user}" "${AK8S_ENDPOINT_NAME:=}" "${AK8S_ENDPOINT_ADDRESS:=}"
: "${AK8S_KUBERNETES_VERSION:=}" "${AK8S_CLOCK_EPOCH:=}" "${AK8S_CLOCK_SLACK:=1}" "${AK8S_IMAGE_REPOSITORY:=}"
: "${AK8S_HTTP_PROXY:=}" "${AK8S_HTTPS_PROXY:=}" "${AK8S_NO_PROXY:=}" "${AK8S_SSH_PUBLIC_KEY:=}" "${AK8S_SSH_USER:=root}"

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

# Every condition of a fit node, in the order in which they are looked at and made so. look_X answers 0 (holds),
# 1 (does not) or 2 (cannot be asked here) with words in $why, and may change $weight; make_X makes it so, or leaves
# its words in $trouble.
table='
address:fatal
hostname:fatal
hosts-own-name:fatal
hosts-endpoint:fatal
clock:fatal
packages:fatal
kubernetes-version:fatal
boot-service:fatal
modules:fatal
sysctls:fatal
mounts-shared:fatal
bpffs:warning
cgroups:fatal
machine-id:fatal
product-uuid:warning
swap:fatal
cpus:fatal
memory:fatal
disk:fatal
ports:fatal
resolv-conf:warning
iptables-backend:warning
inotify:warning
cni-dirs:fatal
runtime-config:fatal
runtime:fatal
kubelet-service:fatal
proxy:fatal
ssh-key:fatal
'
runtime_socket=/run/containerd/containerd.sock
containerd_config=/etc/containerd/config.toml
modules_file=/etc/modules-load.d/alpine-k8s.conf
sysctl_file=/etc/sysctl.d/90-alpine-k8s.conf
boot_service=/etc/init.d/alpine-k8s-node
pause_file=$marks/pause-image

# ---- address ----

# interface_list: $interfaces is a line "NAME ADDRESS/PREFIX" for each IPv4 address.
interface_list() {
  interfaces=''
  list=$(ip -o -4 addr show 2>/dev/null) || list=''
  while read -r _ name _ address _; do
    [ -z "$name" ] || interfaces="$interfaces${name%%@*} $address$nl"
  done <<LIST
$list
LIST
}

look_address() {
  [ -n "$AK8S_NODE_ADDRESS" ] || { why='no address was asked for'; return 2; }
  while read -r name address; do
    [ "${address%/*}" = "$AK8S_NODE_ADDRESS" ] || continue
    why="$address on $name"
    return 0
  done <<LIST
$interfaces
LIST
  one_line "${interfaces%"$nl"}"
  why="$AK8S_NODE_ADDRESS is on no interface; there are: ${line_text:-none}"
  return 1
}

# unconfigured_interfaces: $free are the Ethernet cards without an IPv4 address and without words in interfaces(5).
unconfigured_interfaces() {
  free='' free_count=0 configured=' '
  if [ -f /etc/network/interfaces ]; then
    while read -r word name _ || [ -n "$word" ]; do
      [ "$word" != iface ] || configured="$configured$name "
    done </etc/network/interfaces
  fi
  for card in /sys/class/net/*; do
    name=${card##*/} type=''
    case $name in lo | cni* | veth* | cali* | flannel* | docker* | br-* | virbr* | tun* | tap* | dummy* | kube-*) continue ;; esac
    { [ ! -e "$card/bridge" ] && [ -r "$card/type" ]; } || continue
    read -r type <"$card/type" || :
    [ "$type" = 1 ] || continue
    case "$nl$interfaces" in *"$nl$name "*) continue ;; esac
    case $configured in *" $name "*) continue ;; esac
    free="${free:+$free }$name" free_count=$((free_count + 1))
  done
}

netmask_of() {
  netmask='' bits=$1
  for _ in 1 2 3 4; do
    if [ "$bits" -ge 8 ]; then part=255; elif [ "$bits" -le 0 ]; then part=0; else part=$((256 - (1 << (8 - bits)))); fi
    netmask="$netmask${netmask:+.}$part" bits=$((bits - 8))
  done
}

make_address() {
  [ "$AK8S_ADDRESS_OWNER" = us ] || { trouble="it is set by its owner ($AK8S_ADDRESS_OWNER), not by this script"; return 1; }
  [ -n "$AK8S_NODE_PREFIX" ] || { trouble='no prefix length is known for it'; return 1; }
  unconfigured_interfaces
  [ "$free_count" = 1 ] || { trouble="it wants exactly one card without an address, there are $free_count${free:+: $free}"; return 1; }
  netmask_of "$AK8S_NODE_PREFIX"
  text=''
  [ ! -f /etc/network/interfaces ] || slurp /etc/network/interfaces
  case $text in '' | *"$nl") ;; *) text=$text$nl ;; esac
  text="$text# alpine-k8s begin
auto $free
iface $free inet static
${tab}address $AK8S_NODE_ADDRESS
${tab}netmask $netmask
# alpine-k8s end
"
  put_file /etc/network/interfaces 644 && try ifup "$free" || return 1
  interface_list
}

# ---- names ----

look_hostname() {
  [ -n "$AK8S_NODE_NAME" ] || { why='no name was asked for'; return 2; }
  now='' at_boot=''
  read -r now </proc/sys/kernel/hostname || :
  [ ! -f /etc/hostname ] || read -r at_boot </etc/hostname || :
  why="$now"
  [ "$now" = "$AK8S_NODE_NAME" ] || { why="it is $now, wanted $AK8S_NODE_NAME"; return 1; }
  [ "$at_boot" = "$AK8S_NODE_NAME" ] || { why="/etc/hostname has '$at_boot', wanted $AK8S_NODE_NAME"; return 1; }
}

make_hostname() {
  text=$AK8S_NODE_NAME$nl
  put_file /etc/hostname 644 || return 1
  try hostname "$AK8S_NODE_NAME"
}

# hosts_look ADDRESS NAME…: do the names stand in exactly one line of /etc/hosts, and that with this address?
hosts_look() {
  wanted_address=$1 hosts_good=0 hosts_bad=''
  shift
  if [ -f /etc/hosts ]; then
    while read -r address names || [ -n "$address" ]; do
      hits=0
      for name in ${names%%#*}; do
        for wanted in "$@"; do [ "$name" != "$wanted" ] || hits=$((hits + 1)); done
      done
      if [ "$hits" = 0 ]; then continue; fi
      case $address in '#'*) continue ;; esac
      if [ "$address" = "$wanted_address" ] && [ "$hits" = $# ]; then
        hosts_good=$((hosts_good + 1))
      else
        hosts_bad="$address $names"
      fi
    done </etc/hosts
  fi
  if [ -n "$hosts_bad" ]; then
    why="/etc/hosts has '$hosts_bad', wanted '$wanted_address $*'"
    return 1
  fi
  why="$1 is $wanted_address"
  [ "$hosts_good" = 1 ] || { why="/etc/hosts has $hosts_good lines '$wanted_address $*', wanted one"; return 1; }
}

# hosts_make ADDRESS NAME…: takes the names out of every line, drops lines left without a name, adds the one line.
hosts_make() {
  own_line="$*"
  shift
  text=''
  if [ -f /etc/hosts ]; then
    while IFS= read -r line || [ -n "$line" ]; do
      case $line in
        '#'*) text=$text$line$nl; continue ;;
      esac
      kept='' hits=0
      for word in ${line%%#*}; do
        ours=''
        for wanted in "$@"; do [ "$word" != "$wanted" ] || ours=yes; done
        if [ -n "$ours" ]; then hits=$((hits + 1)); else kept="$kept${kept:+ }$word"; fi
      done
      if [ "$hits" = 0 ]; then
        text=$text$line$nl
      else
        case $kept in *' '*) text=$text$kept$nl ;; esac
      fi
    done </etc/hosts
  fi
  # A file that a power failure emptied lost more than our lines.
  [ -s /etc/hosts ] || text="127.0.0.1 localhost localhost.localdomain$nl::1 localhost localhost.localdomain$nl"
  text=$text$own_line$nl
  put_file /etc/hosts 644
}

own_names() {
  own_names=$AK8S_NODE_FQDN
  [ "$AK8S_NODE_NAME" = "$AK8S_NODE_FQDN" ] || own_names="$own_names${own_names:+ }$AK8S_NODE_NAME"
}

look_hosts_own_name() {
  own_names
  { [ -n "$own_names" ] && [ -n "$AK8S_NODE_ADDRESS" ]; } || { why='no name or no address was asked for'; return 2; }
  # shellcheck disable=SC2086 # names are words
  hosts_look "$AK8S_NODE_ADDRESS" $own_names
}

make_hosts_own_name() {
  # shellcheck disable=SC2086 # names are words
  hosts_make "$AK8S_NODE_ADDRESS" $own_names
}

look_hosts_endpoint() {
  { [ -n "$AK8S_ENDPOINT_NAME" ] && [ -n "$AK8S_ENDPOINT_ADDRESS" ]; } || { why='no endpoint was asked for'; return 2; }
  hosts_look "$AK8S_ENDPOINT_ADDRESS" "$AK8S_ENDPOINT_NAME"
}

make_hosts_endpoint() { hosts_make "$AK8S_ENDPOINT_ADDRESS" "$AK8S_ENDPOINT_NAME"; }

# ---- clock ----

look_clock() {
  [ -n "$AK8S_CLOCK_EPOCH" ] || { why='no time was given to compare with'; return 2; }
  clock_offset=$((clock_now - ${AK8S_CLOCK_EPOCH%%.*}))
  why="${clock_offset} s from the given time"
  [ "${clock_offset#-}" -gt "${AK8S_CLOCK_SLACK%%.*}" ] || return 0
  [ "${clock_offset#-}" -gt 30 ] || weight=warning
  why="the clock is $clock_offset s off, wanted at most $AK8S_CLOCK_SLACK s"
  return 1
}

make_clock() {
  uptime_now
  try date -s "@$((${AK8S_CLOCK_EPOCH%%.*} + uptime_seconds - uptime_start))" || return 1
  clock_now=${AK8S_CLOCK_EPOCH%%.*}
}

# ---- packages and versions ----

# versions: $kubeadm and $kubelet are vX.Y.Z[+build] or none, $minor is the minor asked for, or kubeadm's, or empty.
versions() {
  kubeadm=none kubelet=none minor=''
  ! command -v kubeadm >/dev/null || kubeadm=$(kubeadm version -o short 2>/dev/null) || kubeadm=none
  if command -v kubelet >/dev/null; then
    kubelet=$(kubelet --version 2>/dev/null) || kubelet=none
    kubelet=${kubelet##* }
  fi
  asked=${AK8S_KUBERNETES_VERSION:-$kubeadm}
  case $asked in
    v*.*.*) minor=${asked#*.} minor=${minor%%.*} ;;
  esac
}

# missing_packages: $missing_programs and CNI $missing_plugins, and $missing_packages that hold them on Alpine.
missing_packages() {
  missing_programs='' missing_plugins='' missing_packages=''
  for pair in kubeadm:kubeadm kubelet:kubelet containerd:containerd crictl:cri-tools ip:iproute2 iptables:iptables \
    mount:mount nsenter:util-linux-misc conntrack:conntrack-tools; do
    program=${pair%%:*}
    ! command -v "$program" >/dev/null || continue
    # kubeadm stopped asking for conntrack in 1.32.
    if [ "$program" = conntrack ] && [ "${minor:-0}" -ge 32 ]; then continue; fi
    missing_programs="$missing_programs${missing_programs:+ }$program"
    missing_packages="$missing_packages${missing_packages:+ }${pair#*:}"
  done
  for plugin in bridge host-local loopback portmap; do
    { [ ! -e "/opt/cni/bin/$plugin" ] && [ ! -e "/usr/libexec/cni/$plugin" ]; } || continue
    missing_plugins="$missing_plugins${missing_plugins:+ }$plugin"
    case " $missing_packages " in
      *' cni-plugins '*) ;;
      *) missing_packages="$missing_packages${missing_packages:+ }cni-plugins" ;;
    esac
  done
}

look_packages() {
  missing_packages
  if [ -z "$missing_programs$missing_plugins" ]; then why='every program is there'; return 0; fi
  if [ -z "$missing_programs" ]; then
    # Canal brings its own plugins; other networks may not.
    weight=warning why="missing CNI plugins: $missing_plugins; the network add-on has to bring them"
    return 1
  fi
  why="missing: $missing_programs${missing_plugins:+, CNI plugins $missing_plugins}"
  return 1
}

# community_of LINE: when that line of $list, repositories, is a `main`, $candidate is the line for its `community`.
# Since apk 3 a line may have a type before the URL and components after it.
community_of() {
  candidate=''
  case "$1 " in
    '#'* | '@'* | 'set '*) ;;
    *' main '*) candidate="${1%%" main"*} community" ;;
    *'/main ' | *'/main/ ')
      candidate=${1%/}
      candidate=${candidate%main}community
      ;;
  esac
  [ -n "$candidate" ] || return 0
  named_main=yes
  case $candidate in
    *"/v$release/community" | *"/v$release community")
      [ -z "$of_release" ] || return 0
      ;;
    *)
      # Main of another release, or of none: only when the node's own release is not there.
      [ -z "$community$of_release" ] || return 0
      ;;
  esac
  community=$candidate community_file=$list
  case $candidate in *"/v$release"[/\ ]community) of_release=yes ;; esac
}

# find_community: $community, a line that no list of repositories has yet, and its $community_file; 1 when there is none.
# It is on the mirror and of the release that the node's own `main` comes from.
find_community() {
  community='' community_file='' named_main='' of_release='' lines=$nl release=''
  [ ! -r /etc/alpine-release ] || read -r release </etc/alpine-release || :
  release=${release%.*}
  for list in /etc/apk/repositories /etc/apk/repositories.d/*.list; do
    [ -f "$list" ] || continue
    while read -r line || [ -n "$line" ]; do
      line=${line%% #*}
      lines="$lines${line%/}$nl"
      community_of "$line"
    done <"$list"
  done
  [ -n "$community" ] || return 1
  case $lines in *"$nl$community$nl"*) return 1 ;; esac
  case $community in
    *' community')
      # Components of one line, or of several with the same URL.
      case $lines in *"$nl${community% community} "*[\ ]community[\ "$nl"]*) return 1 ;; esac
      ;;
  esac
}

# add_community: 1 when there is none to add. $list_before is what its file was.
add_community() {
  find_community || return 1
  slurp "$community_file"
  list_before=$text
  case $text in '' | *"$nl") ;; *) text=$text$nl ;; esac
  text=$text$community$nl
  put_file "$community_file" 644 || return 1
  community_added=yes
}

# drop_community: takes out what add_community added, for it did not help.
drop_community() {
  [ -n "$community_added" ] || return 0
  text=$list_before
  put_file "$community_file" 644 || return 1
  apk_hint="; ${community} did not help and was taken out again"
}

# apk_run ARGUMENT…: on failure $apk_words are apk's errors, else its last line.
apk_run() {
  ! try with_proxy apk "$@" || return 0
  apk_words='' last='' inside=''
  while IFS= read -r line || [ -n "$line" ]; do
    bare=${line#"${line%%[! ]*}"}
    [ -n "$bare" ] || continue
    last=$bare
    case $line in
      ERROR:*)
        inside=yes
        [ ${#apk_words} -gt 600 ] || apk_words="$apk_words${apk_words:+; }${bare#ERROR: }"
        ;;
      ' '*) [ -z "$inside" ] || [ ${#apk_words} -gt 600 ] || apk_words="$apk_words $bare" ;;
      *) inside='' ;;
    esac
  done <"$tmp/out"
  apk_words=${apk_words:-${last:-code $try_code}}
  return 1
}

# apk_update: a repository that does not answer is no reason to stop; others may have everything.
apk_update() {
  update_words=''
  apk_run update || update_words=$apk_words
}

# apk_offers PACKAGE…: are all in the indexes, those of Kubernetes in the version asked for? $not_offered are those that
# are not, $other_version the first that is there in other versions only, which are $offered.
apk_offers() {
  found=' ' not_offered='' other_version='' offered=''
  need_tmp
  with_proxy apk policy "$@" >"$tmp/policy" 2>/dev/null </dev/null || :
  package='' version=''
  while read -r line; do
    case $line in
      *' policy:') package=${line% policy:} ;;
      [0-9]*:) version=${line%:} ;;
      # What has a tag is not taken by a name alone.
      '@'*) ;;
      *) found="$found$package=$version " ;;
    esac
  done <"$tmp/policy"
  for package in "$@"; do
    wanted=$package=
    case $package in kubeadm | kubelet | kubectl) wanted="$package=${plain:+$plain-r}" ;; esac
    case $found in
      *" $wanted"*) continue ;;
      *" $package="*)
        if [ -z "$other_version" ] && [ "$package" != kubectl ]; then
          other_version=$package
          for pair in $found; do
            [ "${pair%%=*}" != "$package" ] || offered="$offered${offered:+ }${pair#*=}"
          done
        fi
        ;;
    esac
    not_offered="$not_offered $package"
  done
  [ -z "$not_offered" ]
}

with_proxy() {
  (
    [ -z "$AK8S_HTTP_PROXY" ] || export http_proxy="$AK8S_HTTP_PROXY"
    [ -z "$AK8S_HTTPS_PROXY" ] || export https_proxy="$AK8S_HTTPS_PROXY"
    [ -z "$AK8S_NO_PROXY" ] || export no_proxy="$AK8S_NO_PROXY"
    exec "$@"
  )
}

# find_packages PACKAGE…: updates the indexes; community is added when a package is missing without it.
find_packages() {
  community_added='' apk_hint=''
  apk_update
  ! apk_offers "$@" || return 0
  if [ -n "$update_words" ]; then
    # A network that has only just come up.
    sleep 5
    apk_update
    ! apk_offers "$@" || return 0
  fi
  without=$not_offered
  if add_community; then
    apk_update
    apk_offers "$@" || :
    # When nothing at all is told, apk add has to show whether it helps.
    [ "$not_offered" != "$without" ] || [ "$found" = ' ' ] || drop_community || return 1
  elif [ -z "$named_main" ]; then
    apk_hint='; /etc/apk/repositories names no main repository; run setup-apkrepos -c, or give a mirror that has them'
  fi
}

make_packages() {
  command -v apk >/dev/null || { trouble='there is no apk on this node'; return 1; }
  plain=${AK8S_KUBERNETES_VERSION#v} plain=${plain%%+*}
  case " $missing_packages " in
    *' kubeadm '* | *' kubelet '*) missing_packages="$missing_packages kubectl" ;;
  esac
  # shellcheck disable=SC2086 # names of packages
  find_packages $missing_packages || return 1
  if [ -n "$other_version" ]; then
    trouble="$other_version $plain is not in the repositories of this Alpine release, which has: $offered; ask for that version or use another release$apk_hint"
    return 1
  fi
  set --
  for package in $missing_packages; do
    case $package in
      kubectl)
        # A master does without; the CLI has its own.
        case "$not_offered $found" in *' kubectl '*' kubeadm='*) continue ;; esac
        set -- "$@" "$package${plain:+=~$plain}"
        ;;
      kubeadm | kubelet) set -- "$@" "$package${plain:+=~$plain}" ;;
      *) set -- "$@" "$package" ;;
    esac
  done
  if ! apk_add "$@"; then
    add_words=$apk_words
    [ "$found" != ' ' ] || drop_community || :
    trouble="apk add $* failed: $add_words${update_words:+; apk update: $update_words}$apk_hint"
    return 1
  fi
  hash -r
  versions
}

# apk_add PACKAGE…: apk's answer decides, whatever policy said.
apk_add() {
  ! apk_run add "$@" || return 0
  case $apk_words in
    *--force-missing-repositories*) apk_run add --force-missing-repositories "$@" ;;
    *) return 1 ;;
  esac
}

look_kubernetes_version() {
  [ "$kubeadm" != none ] || { why='kubeadm is not there'; return 2; }
  why="kubeadm $kubeadm, kubelet $kubelet"
  [ -n "$AK8S_KUBERNETES_VERSION" ] || return 0
  if [ "$kubeadm" != "$AK8S_KUBERNETES_VERSION" ]; then
    why="kubeadm is $kubeadm, the cluster's version is $AK8S_KUBERNETES_VERSION"
    return 1
  fi
  [ "$kubelet" != "$AK8S_KUBERNETES_VERSION" ] || return 0
  why="kubelet is $kubelet, kubeadm is $kubeadm"
  kubelet_minor=${kubelet#*.}
  [ "${kubelet_minor%%.*}" != "$minor" ] || weight=warning
  return 1
}

# ---- what every boot has to bring back ----

boot_service_text() {
  # shellcheck disable=SC2016 # words for OpenRC's shell, not for this one
  text='#!/sbin/openrc-run
# Written by alpine-k8s. What the runtime and the kubelet need at every boot before they start.
description="Kernel modules, shared mounts, bpffs and sysctls for Kubernetes"

depend() {
	after sysfs cgroups root localmount modules sysctl bootmisc hostname
	before containerd crio docker kubelet
	keyword -docker -podman -lxc
}

raise() {
	[ -w "$1" ] || return 0
	[ "$(cat "$1")" -ge "$2" ] || echo "$2" >"$1"
}

start() {
	ebegin "Preparing this node for Kubernetes"
	while read -r module; do
		case $module in "" | "#"*) ;; *) modprobe "$module" 2>/dev/null ;; esac
	done <'$modules_file'
	mount --make-rshared /
	while read -r _ _ _ _ point _; do
		case $point in /run | /sys) mount --make-rshared "$point" ;; esac
	done </proc/self/mountinfo
	if [ -d /sys/fs/bpf ] && ! grep -q " /sys/fs/bpf " /proc/self/mountinfo; then
		mount -t bpf bpf /sys/fs/bpf 2>/dev/null
	fi
	sysctl -e -q -p '$sysctl_file' >/dev/null
	raise /proc/sys/fs/inotify/max_user_watches 524288
	raise /proc/sys/fs/inotify/max_user_instances 8192
	eend 0
}
'
}
modules_text="# Written by alpine-k8s.
overlay
br_netfilter
nf_conntrack
"
sysctl_text="# Written by alpine-k8s.
net.ipv4.ip_forward = 1
net.bridge.bridge-nf-call-iptables = 1
net.bridge.bridge-nf-call-ip6tables = 1
"

# file_is FILE TEXT
file_is() {
  [ -f "$1" ] || return 1
  slurp "$1"
  [ "$text" = "$2" ]
}

look_boot_service() {
  boot_service_text
  service_text=$text
  why='/etc/init.d/alpine-k8s-node is in the boot runlevel'
  { file_is "$boot_service" "$service_text" && [ -x "$boot_service" ]; } || { why="$boot_service is not there or not ours"; return 1; }
  file_is "$modules_file" "$modules_text" || { why="$modules_file is not there or not ours"; return 1; }
  file_is "$sysctl_file" "$sysctl_text" || { why="$sysctl_file is not there or not ours"; return 1; }
  [ -e /etc/runlevels/boot/alpine-k8s-node ] || { why='alpine-k8s-node is not in the boot runlevel'; return 1; }
}

make_boot_service() {
  text=$modules_text
  put_file "$modules_file" 644 || return 1
  text=$sysctl_text
  put_file "$sysctl_file" 644 || return 1
  text=$service_text
  put_file "$boot_service" 755 && chmod 755 "$boot_service" || return 1
  [ -e /etc/runlevels/boot/alpine-k8s-node ] || try rc-update add alpine-k8s-node boot || return 1
  service alpine-k8s-node start
}

look_modules() {
  absent=''
  overlay=''
  while read -r first second; do
    case "$first $second" in 'nodev overlay' | 'overlay ') overlay=yes ;; esac
  done </proc/filesystems
  [ -n "$overlay" ] || absent=overlay
  [ -d /proc/sys/net/bridge ] || absent="$absent${absent:+ }br_netfilter"
  why='overlay and br_netfilter work'
  [ -z "$absent" ] || { why="the kernel lacks: $absent"; return 1; }
}

make_modules() {
  for module in $absent; do
    try modprobe "$module" && continue
    read -r release </proc/sys/kernel/osrelease
    [ -d "/lib/modules/$release" ] ||
      trouble="$trouble; the modules of the running kernel $release are not on the disk, so reboot into the installed kernel"
    return 1
  done
}

# value_of FILE: $value, empty when there is no such file.
value_of() {
  value=''
  [ ! -r "$1" ] || read -r value <"$1" || :
}

look_sysctls() {
  why=''
  for key in ipv4/ip_forward bridge/bridge-nf-call-iptables bridge/bridge-nf-call-ip6tables; do
    value_of "/proc/sys/net/$key"
    [ "$value" = 1 ] || why="${why:+$why, }net/$key is ${value:-not there}"
  done
  [ -z "$why" ] || return 1
  why='forwarding, and bridged packets pass iptables'
}

make_sysctls() { try sysctl -e -p "$sysctl_file"; }

# mount_list: one look at the mounts. $root_shared, $run_shared and $sys_shared are yes, no, or empty when it is no
# mount of its own; the last mount on a point is the one that counts. $cgroup1 are the controllers mounted as version 1.
mount_list() {
  root_shared='' run_shared='' sys_shared='' bpffs='' cgroup2='' cgroup1=','
  while read -r _ _ _ _ point options; do
    # The optional fields stand before the dash.
    case "${options%% - *} " in *' shared:'*) shared=yes ;; *) shared=no ;; esac
    case $point in
      /) root_shared=$shared ;;
      /run) run_shared=$shared ;;
      /sys) sys_shared=$shared ;;
      /sys/fs/bpf) case $options in *' - bpf '*) bpffs=yes ;; esac ;;
      /sys/fs/cgroup) case $options in *' - cgroup2 '*) cgroup2=yes ;; esac ;;
      /sys/fs/cgroup/*) case $options in *' - cgroup '*) cgroup1="$cgroup1${point##*/}," ;; esac ;;
    esac
  done </proc/self/mountinfo
}

look_mounts_shared() {
  mount_list
  unshared=''
  [ "$root_shared" != no ] || unshared='/'
  [ "$run_shared" != no ] || unshared="$unshared${unshared:+ }/run"
  [ "$sys_shared" != no ] || unshared="$unshared${unshared:+ }/sys"
  why='/, /run and /sys are shared'
  [ -z "$unshared" ] || { why="private mounts: $unshared"; return 1; }
}

make_mounts_shared() {
  for point in $unshared; do try mount --make-rshared "$point" || return 1; done
}

look_bpffs() {
  mount_list
  why='/sys/fs/bpf is mounted'
  [ -z "$bpffs" ] || return 0
  [ -d /sys/fs/bpf ] || { why='this kernel has no /sys/fs/bpf'; return 2; }
  why='/sys/fs/bpf is not mounted'
  return 1
}

make_bpffs() { try mount -t bpf bpf /sys/fs/bpf; }

look_cgroups() {
  mount_list
  absent=''
  if [ -n "$cgroup2" ]; then
    controllers=''
    [ ! -r /sys/fs/cgroup/cgroup.controllers ] || read -r controllers </sys/fs/cgroup/cgroup.controllers || :
    for controller in cpu cpuset memory pids; do
      case " $controllers " in *" $controller "*) ;; *) absent="$absent${absent:+ }$controller" ;; esac
    done
    why='version 2'
  elif [ "$cgroup1" != , ]; then
    for controller in cpu cpuset devices freezer memory pids; do
      case $cgroup1 in *",$controller,"*) ;; *) absent="$absent${absent:+ }$controller" ;; esac
    done
    why='version 1'
    if [ "${minor:-0}" -ge 35 ]; then
      why='version 1, and Kubernetes from 1.35 on needs version 2: rc_cgroup_mode="unified" in /etc/rc.conf and reboot'
      return 1
    fi
  else
    why='none are mounted'
    return 1
  fi
  if [ -n "$absent" ]; then
    why="$why without: $absent (for memory: cgroup_enable=memory on the kernel's command line)"
    return 1
  fi
  [ -e /etc/init.d/cgroups ] || return 0
  for level in sysinit boot default; do
    [ ! -e "/etc/runlevels/$level/cgroups" ] || return 0
  done
  why='the service cgroups is in no runlevel'
  return 1
}

make_cgroups() {
  [ -e /etc/init.d/cgroups ] || { trouble='there is no service cgroups (package openrc) to mount them'; return 1; }
  try rc-update add cgroups sysinit || return 1
  [ -n "$cgroup2" ] || [ "$cgroup1" != , ] || service cgroups start
}

# ---- the machine ----

look_machine_id() {
  machine_id=''
  [ ! -f /etc/machine-id ] || read -r machine_id </etc/machine-id || :
  why="$machine_id"
  case $machine_id in
    *[!0-9a-f]* | '' | 00000000000000000000000000000000) why='/etc/machine-id does not hold 32 hex digits'; return 1 ;;
  esac
  [ ${#machine_id} = 32 ] || { why='/etc/machine-id does not hold 32 hex digits'; return 1; }
}

make_machine_id() {
  uuid=$(cat /proc/sys/kernel/random/uuid)
  while :; do
    case $uuid in *-*) uuid=${uuid%%-*}${uuid#*-} ;; *) break ;; esac
  done
  text=$uuid$nl
  put_file /etc/machine-id 444
}

# Whether it is the only one of its kind is for those to say who see all nodes.
look_product_uuid() {
  value_of /sys/class/dmi/id/product_uuid
  why=${value:-this machine has none}
  [ -n "$value" ] || return 2
}

look_swap() {
  if ignored Swap || ignored swap; then why='asked to be ignored'; return 2; fi
  swaps='' swap_boot='' swap_fstab=''
  while read -r device kind _; do
    case $kind in file | partition) swaps="$swaps${swaps:+ }$device" ;; esac
  done </proc/swaps
  if [ -f /etc/fstab ]; then
    while read -r device _ kind _ || [ -n "$device" ]; do
      case $device in '#'*) ;; *) [ "$kind" != swap ] || swap_fstab=yes ;; esac
    done </etc/fstab
  fi
  for level in sysinit boot default; do
    [ ! -e "/etc/runlevels/$level/swap" ] || swap_boot="$swap_boot${swap_boot:+ }$level"
  done
  why=''
  [ -z "$swaps" ] || why="swap is on: $swaps"
  [ -z "$swap_fstab" ] || why="$why${why:+; }/etc/fstab turns it on"
  # The service does no harm when fstab names no swap, but it would on the day that one does.
  [ -z "$swap_boot" ] || why="$why${why:+; }the service swap is in a runlevel"
  [ -z "$why" ] || return 1
  why='off'
}

make_swap() {
  for level in $swap_boot; do try rc-update del swap "$level" || return 1; done
  if [ -n "$swap_fstab" ]; then
    text=''
    while IFS= read -r line || [ -n "$line" ]; do
      read -r device _ kind _ <<LINE
$line
LINE
      case $device in '#'*) ;; *) [ "$kind" != swap ] || line="#alpine-k8s# $line" ;; esac
      text=$text$line$nl
    done </etc/fstab
    put_file /etc/fstab 644 || return 1
  fi
  for device in $swaps; do try swapoff "$device" || return 1; done
}

# cpu_count: $cpus, from a list such as 0-3,5.
cpu_count() {
  value_of /sys/devices/system/cpu/online
  cpus=0 rest=$value,
  while [ -n "$rest" ] && [ "$rest" != , ]; do
    range=${rest%%,*} rest=${rest#*,}
    cpus=$((cpus + ${range#*-} - ${range%-*} + 1))
  done
  [ "$cpus" -gt 0 ] || cpus=$(nproc)
}

# The limits of kubeadm's preflight, which asks them of control planes only.
look_cpus() {
  why="$cpus"
  { [ "$AK8S_ROLE" = master ] && [ "$cpus" -lt 2 ]; } || return 0
  ! { ignored NumCPU || ignored numcpu; } || weight=warning
  why="a master needs 2 CPUs, there are $cpus"
  return 1
}

look_memory() {
  why="$((memory_kib / 1024)) MiB"
  { [ "$AK8S_ROLE" = master ] && [ $((memory_kib / 1024)) -lt 1700 ]; } || return 0
  ! { ignored Mem || ignored mem; } || weight=warning
  why="a master needs 1700 MiB of memory, there are $why"
  return 1
}

# Below 10 % the kubelet starts to evict pods; below 200 MiB nothing can be done at all.
look_disk() {
  why="$((disk_free / 1024)) of $((disk_total / 1024)) MiB free under /var/lib"
  [ "$disk_total" -gt 0 ] || { why='the size of /var/lib is unknown'; return 2; }
  [ "$disk_free" -ge 204800 ] || return 1
  [ $((disk_free * 10)) -lt "$disk_total" ] || return 0
  weight=warning
  why="$why: the kubelet evicts pods below 10 %"
  return 1
}

look_ports() {
  [ "$state" = clean ] || { why="this node is $state already"; return 2; }
  taken=''
  case $AK8S_ROLE in
    master) wanted_ports=' 192B:6443 094B:2379 094C:2380 2811:10257 2813:10259 280A:10250 ' ;;
    *) wanted_ports=' 280A:10250 ' ;;
  esac
  for file in /proc/net/tcp /proc/net/tcp6; do
    [ -r "$file" ] || continue
    while read -r _ local _ socket_state _; do
      [ "$socket_state" = 0A ] || continue
      case $wanted_ports in
        *" ${local##*:}:"*)
          port=${wanted_ports#*" ${local##*:}:"} port=${port%% *}
          ignored "Port-$port" || ignored "port-$port" || taken="$taken${taken:+ }$port"
          ;;
      esac
    done <"$file"
  done
  why='free'
  [ -z "$taken" ] || { why="something listens already on: $taken"; return 1; }
}

look_resolv_conf() {
  loopback='' others=''
  if [ -f /etc/resolv.conf ]; then
    while read -r word value _ || [ -n "$word" ]; do
      [ "$word" = nameserver ] || continue
      case $value in 127.* | ::1) loopback=$value ;; *) others=$value ;; esac
    done </etc/resolv.conf
  fi
  why="nameserver $others"
  [ -z "$loopback" ] || { why="/etc/resolv.conf names $loopback, with which CoreDNS asks itself for ever"; return 1; }
  [ -n "$others" ] || { why='/etc/resolv.conf names no nameserver'; return 1; }
}

# rules_of PROGRAM: has that backend any rules?
rules_of() {
  command -v "$1" >/dev/null || return 1
  case $("$1" 2>/dev/null) in *"$nl-A "*) return 0 ;; esac
  return 1
}

look_iptables_backend() {
  command -v iptables >/dev/null || { why='iptables is not there'; return 2; }
  backend=$(iptables -V 2>/dev/null) || backend=''
  case $backend in
    *nf_tables*) backend=nft ;;
    *) backend=legacy ;;
  esac
  why="$backend"
  if [ "$backend" = nft ]; then
    value_of /proc/net/ip_tables_names
    [ -n "$value" ] && rules_of iptables-legacy-save || return 0
  else
    rules_of iptables-nft-save || return 0
  fi
  why="iptables uses $backend, and the other backend has rules too: remove those, both decide about every packet"
  return 1
}

look_inotify() {
  # The kernel gives a number only to a reader who takes it at once; `read` takes it byte by byte.
  { read -r watches; read -r instances || :; } <<NUMBERS
$(cat /proc/sys/fs/inotify/max_user_watches /proc/sys/fs/inotify/max_user_instances 2>/dev/null)
NUMBERS
  { [ -n "$watches" ] && [ -n "$instances" ]; } || { why='this kernel does not tell'; return 2; }
  why="$watches watches, $instances instances"
  { [ "$watches" -ge 524288 ] && [ "$instances" -ge 8192 ]; } || { why="$why; wanted at least 524288 and 8192"; return 1; }
}

make_inotify() {
  trouble='it cannot be written'
  [ "$watches" -ge 524288 ] || { echo 524288 >/proc/sys/fs/inotify/max_user_watches; } 2>/dev/null || return 1
  [ "$instances" -ge 8192 ] || { echo 8192 >/proc/sys/fs/inotify/max_user_instances; } 2>/dev/null || return 1
}

# ---- runtime ----

# Plug-ins that network add-ons put into /opt/cni/bin later. Where the folders are two, the runtime finds them by links
# made now.
later_plugins='flannel calico calico-ipam cilium-cni bandwidth tuning'

# real_folder FOLDER: $real is where it leads.
real_folder() {
  real=''
  [ -d "$1" ] || return 1
  cd -P "$1" && real=$PWD && cd /
}

look_cni_dirs() {
  unlinked=''
  real_folder /opt/cni/bin && opt=$real || opt=''
  real_folder /usr/libexec/cni && libexec=$real || libexec=''
  why='/opt/cni/bin and /usr/libexec/cni are one'
  { [ -n "$opt" ] && [ -n "$libexec" ]; } || { why="${opt:-/opt/cni/bin} and ${libexec:-/usr/libexec/cni} are not one: one is missing"; return 1; }
  [ "$opt" != "$libexec" ] || return 0
  for file in /usr/libexec/cni/*; do
    [ ! -e "$file" ] || [ -e "/opt/cni/bin/${file##*/}" ] || unlinked="$unlinked /opt/cni/bin/${file##*/}:$file"
  done
  for file in /opt/cni/bin/*; do
    [ ! -e "$file" ] || [ -e "/usr/libexec/cni/${file##*/}" ] || unlinked="$unlinked /usr/libexec/cni/${file##*/}:$file"
  done
  for name in $later_plugins; do
    [ -L "/usr/libexec/cni/$name" ] || [ -e "/usr/libexec/cni/$name" ] ||
      unlinked="$unlinked /usr/libexec/cni/$name:/opt/cni/bin/$name"
  done
  why='both folders have every plug-in'
  [ -z "$unlinked" ] || { why="not in both of /opt/cni/bin and /usr/libexec/cni:$unlinked"; return 1; }
}

make_cni_dirs() {
  if [ -z "$opt" ] && [ -z "$libexec" ]; then
    try mkdir -p /opt/cni/bin || return 1
    opt=/opt/cni/bin
  fi
  if [ -z "$libexec" ]; then
    try mkdir -p /usr/libexec && try ln -sfn /opt/cni/bin /usr/libexec/cni
    return
  fi
  if [ -z "$opt" ]; then
    try mkdir -p /opt/cni && try ln -sfn /usr/libexec/cni /opt/cni/bin
    return
  fi
  for pair in $unlinked; do
    [ -L "${pair%%:*}" ] || try ln -s "${pair#*:}" "${pair%%:*}" || return 1
  done
}

# pause_image: $pause is the sandbox image that kubeadm wants, empty when it does not tell. Asking a program of 50 MB
# is slow, so that what it said for this version and repository is kept.
pause_image() {
  pause=''
  [ "$kubeadm" != none ] || return 0
  pause_version=${AK8S_KUBERNETES_VERSION:-$kubeadm} pause_version=${pause_version%%+*}
  pause_key="$kubeadm $pause_version ${AK8S_IMAGE_REPOSITORY:--}"
  if [ -f "$pause_file" ]; then
    read -r kept <"$pause_file" || :
    [ "${kept% *}" != "$pause_key" ] || { pause=${kept##* }; return 0; }
  fi
  list=$(kubeadm config images list --kubernetes-version "$pause_version" \
    ${AK8S_IMAGE_REPOSITORY:+--image-repository "$AK8S_IMAGE_REPOSITORY"} 2>/dev/null) || list=''
  while read -r image; do
    case $image in */pause:*) pause=$image ;; esac
  done <<LIST
$list
LIST
}

# toml look|make FILE: `look` prints the config's version, whether the section for the sandbox image is there, how often
# SystemdCgroup is true, and the image. `make` prints the file with the image in its place and SystemdCgroup false;
# every other line stays as it is. Keys by version: containerd's docs/cri/config.md.
toml() {
  awk -v what="$1" -v image="$pause" -v insert="${3:-}" '
    function put() { print indent key " = \"" image "\""; put_done = 1 }
    BEGIN { version = 0; wanted = "plugins.io.containerd.grpc.v1.cri"; key = "sandbox_image" }
    {
      bare = $0
      sub("^[ \t]+", "", bare)
      name = bare
      sub("[ \t]*=.*", "", name)
      value = bare
      sub("^[^=]*=[ \t]*", "", value)
      sub("[ \t]*(#.*)?$", "", value)
      gsub("[\"\047]", "", value)
      indent = substr($0, 1, length($0) - length(bare))
    }
    section == "" && name == "version" {
      version = value + 0
      if (version >= 3) { wanted = "plugins.io.containerd.cri.v1.images.pinned_images"; key = "sandbox" }
    }
    bare ~ "^\\[" {
      section = bare
      sub("^\\[+", "", section)
      sub("\\].*", "", section)
      gsub("[ \t\"\047]", "", section)
      if (section == wanted) {
        found_section = 1
        if (what == "make") { print; if (insert == "key" && image != "") { indent = indent "  "; put() } }
        next
      }
    }
    section == wanted && name == key {
      found_key = 1
      found = value
      if (what == "make" && image != "") { put(); next }
    }
    name == "SystemdCgroup" && value == "true" {
      systemd++
      if (what == "make") { print indent "SystemdCgroup = false"; next }
    }
    what == "make" { print }
    END {
      if (what == "look") print version, (found_key ? "key" : found_section ? "section" : "none"), systemd + 0, found
      if (what == "make" && insert == "section" && image != "") {
        if (version >= 3) print "[plugins.\"io.containerd.cri.v1.images\".pinned_images]"
        else print "[plugins.\"io.containerd.grpc.v1.cri\"]"
        indent = "  "
        put()
      }
    }' "$2"
}

look_runtime_config() {
  command -v containerd >/dev/null || { why='containerd is not there'; return 2; }
  pause_image
  config_place='' config_systemd=0
  [ -s "$containerd_config" ] || { why="$containerd_config is not there"; return 1; }
  read -r config_version config_place config_systemd config_image <<LOOK
$(toml look "$containerd_config")
LOOK
  why="cgroupfs, sandbox image ${config_image:-of containerd}"
  [ "$config_version" -ge 2 ] || { why="$containerd_config has no 'version =' line of 2 or more; move it away to get containerd's default"; return 1; }
  [ "$config_systemd" = 0 ] || { why='SystemdCgroup is true, and OpenRC has no systemd'; return 1; }
  if [ -z "$pause" ]; then
    why='kubeadm does not tell its pause image'
    weight=warning
    return 1
  fi
  { [ "$config_image" = "$pause" ] && [ -f "$pause_file" ]; } || { weight=warning why="sandbox image is ${config_image:-not set}, kubeadm wants $pause"; return 1; }
}

make_runtime_config() {
  need_tmp
  if [ -s "$containerd_config" ]; then
    cp "$containerd_config" "$tmp/config"
  else
    containerd config default >"$tmp/config" 2>/dev/null || { trouble='containerd config default failed'; return 1; }
    read -r config_version config_place config_systemd config_image <<LOOK
$(toml look "$tmp/config")
LOOK
  fi
  [ "$config_version" -ge 2 ] || { trouble='this file is left as it is'; return 1; }
  case $config_place in
    key) insert='' ;;
    section) insert=key ;;
    *) insert=section ;;
  esac
  toml make "$tmp/config" "$insert" >"$tmp/config.new" || { trouble='the file could not be read'; return 1; }
  if [ -n "$pause" ]; then
    text="$pause_key $pause$nl"
    put_file "$pause_file" 644 || return 1
  fi
  if [ ! -f "$containerd_config" ] || ! cmp -s "$tmp/config.new" "$containerd_config"; then
    slurp "$tmp/config.new"
    put_file "$containerd_config" 644 || return 1
    restart_runtime
  fi
}

# restart_runtime: only one that runs; its containers stay.
restart_runtime() {
  [ -S "$runtime_socket" ] && [ -e /etc/init.d/containerd ] || return 0
  service containerd restart && wait_runtime
}

# runtime_answers: asked once as long as nothing is done to it; starting crictl is slow.
runtime_known=''
runtime_answers() {
  if [ -z "$runtime_known" ]; then
    runtime_known=no
    if [ -S "$runtime_socket" ] && crictl --runtime-endpoint "unix://$runtime_socket" --timeout 10s info >/dev/null 2>&1; then
      runtime_known=yes
    fi
  fi
  [ "$runtime_known" = yes ]
}

wait_runtime() {
  uptime_now
  deadline=$((uptime_seconds + 60))
  while :; do
    runtime_known=''
    ! runtime_answers || return 0
    uptime_now
    if [ "$uptime_seconds" -ge "$deadline" ]; then
      trouble='containerd was started, and did not answer in 60 s; see /var/log/containerd.log'
      return 1
    fi
    sleep 1
  done
}

look_runtime() {
  command -v crictl >/dev/null || { why='crictl is not there'; return 1; }
  if ! runtime_answers; then
    why='containerd does not answer crictl info'
    if [ ! -e /etc/init.d/containerd ] && [ -S /var/run/crio/crio.sock ]; then
      why='this node has CRI-O; only containerd is driven here'
    fi
    return 1
  fi
  why='containerd answers'
  [ ! -e /etc/init.d/containerd ] || [ -e /etc/runlevels/default/containerd ] || { why='containerd is not in the default runlevel'; return 1; }
}

make_runtime() {
  [ -e /etc/init.d/containerd ] || { trouble='there is no service containerd'; return 1; }
  [ -e /etc/runlevels/default/containerd ] || try rc-update add containerd default || return 1
  ! runtime_answers || return 0
  if ! service containerd start; then
    service containerd zap || :
    service containerd start || return 1
  fi
  wait_runtime
}

# ---- kubelet service ----

# conf_values: the last word of /etc/conf.d/kubelet for each respawn setting.
conf_values() {
  respawn_max='' respawn_delay='' respawn_period=''
  [ -f /etc/conf.d/kubelet ] || return 0
  while read -r line || [ -n "$line" ]; do
    line=${line#export }
    value=${line#*=} value=${value#[\"\']} value=${value%[\"\']}
    case $line in
      respawn_max=*) respawn_max=$value ;;
      respawn_delay=*) respawn_delay=$value ;;
      respawn_period=*) respawn_period=$value ;;
    esac
  done </etc/conf.d/kubelet
}

look_kubelet_service() {
  [ "$kubelet" != none ] || { why='kubelet is not there'; return 2; }
  [ -s /etc/init.d/kubelet ] || { why='there is no service kubelet'; return 1; }
  conf_values
  why='it is restarted after every crash'
  { [ "$respawn_max" = 0 ] && [ "$respawn_delay" = 5 ]; } || { why="respawn_max='$respawn_max' respawn_delay='$respawn_delay' in /etc/conf.d/kubelet, wanted 0 and 5"; return 1; }
  [ "$respawn_period" != 0 ] || { why='respawn_period=0 in /etc/conf.d/kubelet keeps the service from starting'; return 1; }
  [ -d /etc/kubernetes/manifests ] || { why='/etc/kubernetes/manifests is missing, and the kubelet complains every second'; return 1; }
  [ "$state" != finished ] || [ -e /etc/runlevels/default/kubelet ] || { why='kubelet is not in the default runlevel: it would not come back with the machine'; return 1; }
}

kubelet_service_text() {
  # shellcheck disable=SC2016 # words for OpenRC's shell, not for this one
  text='#!/sbin/openrc-run
# Written by alpine-k8s for a kubelet that came without a service; the same shape as in the package of Alpine.
supervisor=supervise-daemon
name=kubelet
description="Kubernetes node agent"

if [ -e /var/lib/kubelet/kubeadm-flags.env ]; then
	. /var/lib/kubelet/kubeadm-flags.env
fi

command='$(command -v kubelet)'
command_args="${command_args} ${KUBELET_KUBEADM_ARGS}"
pidfile=/run/kubelet.pid
output_log=/var/log/kubelet/kubelet.log
error_log=/var/log/kubelet/kubelet.log

depend() {
	after net
	want cgroups containerd
}

start_pre() {
	checkpath --directory --mode 0755 /var/log/kubelet /var/lib/kubelet
}
'
}

make_kubelet_service() {
  [ -d /etc/kubernetes/manifests ] || try mkdir -p /etc/kubernetes/manifests || return 1
  conf=''
  if [ -f /etc/conf.d/kubelet ]; then
    while IFS= read -r line || [ -n "$line" ]; do
      case $line in
        respawn_max=* | respawn_delay=* | respawn_period=0 | respawn_period=[\"\']0*) ;;
        *) conf=$conf$line$nl ;;
      esac
    done </etc/conf.d/kubelet
  fi
  # No service, or settings that a power failure emptied.
  if [ ! -s /etc/conf.d/kubelet ] && { [ -e /etc/conf.d/kubelet ] || [ ! -s /etc/init.d/kubelet ]; }; then
    conf='command_args="--bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf --kubeconfig=/etc/kubernetes/kubelet.conf --config=/var/lib/kubelet/config.yaml"
'
  fi
  text="${conf}respawn_max=0
respawn_delay=5
"
  conf_values
  if [ "$respawn_max" != 0 ] || [ "$respawn_delay" != 5 ] || [ "$respawn_period" = 0 ] || [ ! -s /etc/init.d/kubelet ]; then
    put_file /etc/conf.d/kubelet 644 || return 1
  fi
  if [ ! -s /etc/init.d/kubelet ]; then
    kubelet_service_text
    put_file /etc/init.d/kubelet 755 && chmod 755 /etc/init.d/kubelet || return 1
  fi
  [ "$state" != finished ] || [ -e /etc/runlevels/default/kubelet ] || try rc-update add kubelet default
}

# ---- proxy, ssh key ----

# quoted TEXT: $word is TEXT as one word of sh.
quoted() {
  rest=$1 word=''
  while :; do
    case $rest in
      *\'*) word="$word${rest%%\'*}'\\''" rest=${rest#*\'} ;;
      *) break ;;
    esac
  done
  word="'$word$rest'"
}

# proxy_files: $conf_rest is /etc/conf.d/containerd without our block, $conf_block our block in it, $block the wanted one.
proxy_files() {
  conf_rest='' conf_block='' block='' inside=''
  if [ -f /etc/conf.d/containerd ]; then
    while IFS= read -r line || [ -n "$line" ]; do
      [ "$line" != '# alpine-k8s proxy begin' ] || inside=yes
      if [ -n "$inside" ]; then conf_block=$conf_block$line$nl; else conf_rest=$conf_rest$line$nl; fi
      [ "$line" != '# alpine-k8s proxy end' ] || inside=''
    done </etc/conf.d/containerd
  fi
  [ -n "$AK8S_HTTP_PROXY$AK8S_HTTPS_PROXY" ] || return 0
  for pair in "HTTP_PROXY=$AK8S_HTTP_PROXY" "HTTPS_PROXY=$AK8S_HTTPS_PROXY" "NO_PROXY=$AK8S_NO_PROXY"; do
    [ -n "${pair#*=}" ] || continue
    quoted "${pair#*=}"
    block="${block}export ${pair%%=*}=$word$nl"
  done
  block="# alpine-k8s proxy begin$nl$block# alpine-k8s proxy end$nl"
}

look_proxy() {
  proxy_files
  why='none'
  [ -z "$block" ] || why='the runtime has it'
  [ "$block" = "$conf_block" ] || { why='/etc/conf.d/containerd has another proxy than asked for'; return 1; }
}

make_proxy() {
  text=$conf_rest$block
  put_file /etc/conf.d/containerd 644 || return 1
  # An address with a password in it is for root only.
  case $block in *@*) chmod 600 /etc/conf.d/containerd ;; esac
  restart_runtime
}

# ssh_home: $home of AK8S_SSH_USER and $ids, his uid:gid.
ssh_home() {
  home='' ids=''
  while IFS=: read -r user _ uid gid _ folder _ || [ -n "$user" ]; do
    [ "$user" != "${AK8S_SSH_USER:-root}" ] || { home=$folder ids=$uid:$gid; }
  done </etc/passwd
}

look_ssh_key() {
  [ -n "$AK8S_SSH_PUBLIC_KEY" ] || { why='no key was given'; return 2; }
  ssh_home
  [ -n "$home" ] || { why="there is no user ${AK8S_SSH_USER:-root}"; return 1; }
  read -r key_type key_blob _ <<KEY
$AK8S_SSH_PUBLIC_KEY
KEY
  why="${AK8S_SSH_USER:-root} has it"
  if [ -f "$home/.ssh/authorized_keys" ]; then
    while read -r line || [ -n "$line" ]; do
      case " $line " in ' #'*) ;; *" $key_type $key_blob "*) return 0 ;; esac
    done <"$home/.ssh/authorized_keys"
  fi
  why="it is not in $home/.ssh/authorized_keys"
  return 1
}

make_ssh_key() {
  [ -n "$home" ] || return 1
  if [ ! -d "$home/.ssh" ]; then
    try mkdir -m 0700 "$home/.ssh" && try chown "$ids" "$home/.ssh" || return 1
  fi
  text=''
  [ ! -f "$home/.ssh/authorized_keys" ] || slurp "$home/.ssh/authorized_keys"
  case $text in '' | *"$nl") ;; *) text=$text$nl ;; esac
  text=$text$AK8S_SSH_PUBLIC_KEY$nl
  put_file "$home/.ssh/authorized_keys" 600 && try chown "$ids" "$home/.ssh/authorized_keys"
}

# ---- facts ----

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
  uptime_start=$uptime_seconds
  read_clock
  clock_now=${clock%%.*}
  cpu_count
  read -r _ memory_kib _ </proc/meminfo
  disk_total=0 disk_free=0
  { read -r _; read -r _ disk_total _ disk_free _ || :; } <<DISK
$(df -Pk /var/lib 2>/dev/null)
DISK
  disk_total=${disk_total:-0} disk_free=${disk_free:-0}
  interface_list
  versions
  node_state
}

service_facts() {
  if ! command -v crictl >/dev/null; then
    fact runtime none
  elif runtime_answers; then
    fact runtime ready
  else
    fact runtime down
  fi
  kubelet_look
  fact kubelet_service "$kubelet_state"
  if [ "$kubelet_state" = started ]; then
    kubelet_healthy || :
    fact kubelet_healthz "$health"
  else
    fact kubelet_healthz 'not running'
  fi
}

api_fact() {
  api=none
  if [ -e /etc/kubernetes/admin.conf ]; then
    api=down
    if [ "$kubectl" = none ]; then
      listens 192B && api=ok
    elif kubectl --kubeconfig /etc/kubernetes/admin.conf --request-timeout 5s get --raw=/readyz >/dev/null 2>&1; then
      api=ok
    fi
  fi
  fact api "$api"
}

# listens HEXPORT: does anything here? The next best thing to asking the API on a node without kubectl.
listens() {
  for file in /proc/net/tcp /proc/net/tcp6; do
    [ -r "$file" ] || continue
    while read -r _ local _ socket_state _; do
      [ "$socket_state ${local##*:}" != "0A $1" ] || return 0
    done <"$file"
  done
  return 1
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

facts() {
  kubectl=$(command -v kubectl) || kubectl=none
  value_of /proc/sys/kernel/hostname; fact hostname "$value"
  value_of /etc/alpine-release; fact os "${value:-unknown}"
  fact arch "$(uname -m)"
  value_of /proc/sys/kernel/osrelease; fact kernel "$value"
  fact cpus "$cpus"
  fact memory_kib "$memory_kib"
  fact disk_free_kib "$disk_free"
  # Read again: the reader takes the line's arrival for its moment.
  read_clock; fact clock "$clock"
  value_of /etc/machine-id; fact machine_id "${value:-none}"
  value_of /sys/class/dmi/id/product_uuid; fact product_uuid "${value:-none}"
  fact kubeadm "$kubeadm"
  fact kubelet "$kubelet"
  fact kubectl "$kubectl"
  service_facts
  fact role "$node_role"
  fact state "$state"
  fact ca_hash "${state_hash:-none}"
  value_of $marks/network.sha256; fact network_sha256 "${value:-none}"
  api_fact
  renewal=none
  [ ! -d /etc/kubernetes/pki/alpine-k8s-renewal ] || renewal=pending
  fact certificate_renewal "$renewal"
  certificate_facts
  while read -r line; do
    [ -z "$line" ] || fact iface "$line"
  done <<LIST
$interfaces
LIST
  [ -r $marks/notice ] || return 0
  while IFS= read -r line || [ -n "$line" ]; do
    [ -z "$line" ] || fact notice "$line"
  done <$marks/notice
}

# ---- all of it ----

# judge ID WEIGHT: looks, makes, looks again, and says so.
judge() {
  id=$1 weight=$2 why='' trouble='' verdict=ok name=$1
  while :; do
    case $name in *-*) name=${name%%-*}_${name#*-} ;; *) break ;; esac
  done
  look=look_$name make=make_$name
  look_code=0
  "$look" || look_code=$?
  if [ "$look_code" = 1 ] && [ "$AK8S_MODE" = apply ] && [ -z "$refused" ] && command -v "$make" >/dev/null; then
    if "$make"; then trouble=''; fi
    weight=$2 why='' look_code=0 verdict=fixed
    "$look" || look_code=$?
  fi
  case $look_code in
    0) ;;
    2) verdict=skipped ;;
    *) verdict=unmet ;;
  esac
  [ -z "$trouble" ] || [ "$verdict" != unmet ] || why="$why ($trouble)"
  one_line "$why"
  printf 'condition %s %s %s %s\n' "$id" "$weight" "$verdict" "$line_text"
  account
}

# account: puts the verdict into the result, and remembers the code to end with.
account() {
  case $verdict in
    ok) present "$id" ;;
    fixed) changed "$id" ;;
    unmet)
      if [ "$weight" = warning ]; then
        warned "$id" "$line_text"
      else
        [ "$AK8S_MODE" = check ] || failed "$id" "$line_text"
        case $id in
          packages) unfit=12 refused=yes ;;
          kubernetes-version)
            [ -n "$refused" ] || unfit=15
            refused=yes
            ;;
          *) [ "$unfit" != 0 ] || unfit=10 ;;
        esac
      fi
      ;;
  esac
}

case $AK8S_MODE in
  apply | check) ;;
  *) give_up 10 'AK8S_MODE' "it is '$AK8S_MODE', wanted apply or check" ;;
esac
# Nothing is made so any more once the node was refused; the rest is only looked at.
refused='' unfit=0
measures
if [ "$AK8S_MODE" = check ]; then
  facts
elif [ "$state" = foreign ]; then
  refuse_foreign
fi
for entry in $table; do judge "${entry%%:*}" "${entry#*:}"; done
[ "$AK8S_MODE" = check ] || [ -z "$changed_ids" ] || sync
[ "$AK8S_MODE" = check ] || exit "$unfit"
