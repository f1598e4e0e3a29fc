# Part of shared.sh: the names of the node and of the API.

check_hostname() {
  [ -n "$AK8S_NODE_NAME" ] || { why='no name was asked for'; return 2; }
  now='' at_boot=''
  read -r now </proc/sys/kernel/hostname || :
  [ ! -f /etc/hostname ] || read -r at_boot </etc/hostname || :
  why="$now"
  [ "$now" = "$AK8S_NODE_NAME" ] || { why="it is $now, wanted $AK8S_NODE_NAME"; return 1; }
  [ "$at_boot" = "$AK8S_NODE_NAME" ] || { why="/etc/hostname has '$at_boot', wanted $AK8S_NODE_NAME"; return 1; }
}

fix_hostname() {
  text=$AK8S_NODE_NAME$nl
  put_file /etc/hostname 644 || return 1
  try hostname "$AK8S_NODE_NAME"
}

own_names() {
  own_names=$AK8S_NODE_FQDN
  [ "$AK8S_NODE_NAME" = "$AK8S_NODE_FQDN" ] || own_names="$own_names${own_names:+ }$AK8S_NODE_NAME"
}

check_hosts_own_name() {
  own_names
  { [ -n "$own_names" ] && [ -n "$AK8S_NODE_ADDRESS" ]; } || { why='no name or no address was asked for'; return 2; }
  knows_localhost || { why="/etc/hosts has no line '127.0.0.1 localhost', which kubelet and kubeadm need"; return 1; }
  # shellcheck disable=SC2086 # names are words
  hosts_look "$AK8S_NODE_ADDRESS" $own_names
}

fix_hosts_own_name() {
  # shellcheck disable=SC2086 # names are words
  hosts_make "$AK8S_NODE_ADDRESS" $own_names
}

# endpoint_wanted: $endpoint_wanted is AK8S_ENDPOINT_ADDRESS, behind the address that one of the masters carries where the
# file has that first already. virtual-address.sh puts it there, once the API answers at it.
endpoint_wanted() {
  endpoint_wanted=$AK8S_ENDPOINT_ADDRESS
  [ -n "$AK8S_VIRTUAL_ADDRESS" ] || return 0
  first_of "$AK8S_ENDPOINT_NAME"
  [ "$first" != "$AK8S_VIRTUAL_ADDRESS" ] || endpoint_wanted=$AK8S_VIRTUAL_ADDRESS,$AK8S_ENDPOINT_ADDRESS
}

# first_of NAME: $first is the address in the first line of /etc/hosts with this name.
first_of() {
  first=''
  [ -f /etc/hosts ] || return 0
  while read -r address names || [ -n "$address" ]; do
    case $address in '#'*) continue ;; esac
    for name in ${names%%#*}; do
      [ "$name" != "$1" ] || { first=$address; return 0; }
    done
  done </etc/hosts
}

check_hosts_endpoint() {
  { [ -n "$AK8S_ENDPOINT_NAME" ] && [ -n "$AK8S_ENDPOINT_ADDRESS" ]; } || { why='no endpoint was asked for'; return 2; }
  endpoint_wanted
  hosts_look "$endpoint_wanted" "$AK8S_ENDPOINT_NAME"
}

fix_hosts_endpoint() {
  endpoint_wanted
  hosts_make "$endpoint_wanted" "$AK8S_ENDPOINT_NAME"
}
