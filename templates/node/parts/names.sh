# Part of shared.sh: host name and hosts file.

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
