# Part of shared.sh: the node's own address.

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

check_address() {
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

fix_address() {
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
