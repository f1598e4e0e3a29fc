# Part of shared.sh and virtual-address.sh: the hosts file.

hosts_record=$marks/hosts

# hosts_look ADDRESSES NAME…: do the names stand in exactly one line of /etc/hosts for each of the addresses (by commas),
# in their order, and in no other line?
hosts_look() {
  by_commas "$1"
  shift
  hosts_found='' hosts_count=0 hosts_bad=''
  if [ -f /etc/hosts ]; then
    while read -r address names || [ -n "$address" ]; do
      hits=0
      for name in ${names%%#*}; do
        for wanted in "$@"; do [ "$name" != "$wanted" ] || hits=$((hits + 1)); done
      done
      if [ "$hits" = 0 ]; then continue; fi
      case $address in '#'*) continue ;; esac
      case "$hits $addresses " in
        "$# "*" $address "*) hosts_found="$hosts_found $address" hosts_count=$((hosts_count + 1)) ;;
        *) hosts_bad="$address $names" ;;
      esac
    done </etc/hosts
  fi
  wanted_lines='' wanted_list=''
  for address in $addresses; do
    wanted_lines="$wanted_lines${wanted_lines:+, }'$address $*'" wanted_list="$wanted_list${wanted_list:+, }$address"
  done
  if [ -n "$hosts_bad" ]; then
    why="/etc/hosts has '$hosts_bad', wanted $wanted_lines"
    return 1
  fi
  why="$1 is $wanted_list"
  if [ "$hosts_found" = "$addresses" ]; then
    hosts_recorded "$@" || { why="$hosts_record, from which each start of this container brings them back, has not $wanted_lines"; return 1; }
    return 0
  fi
  case $wanted_list in
    *,*) why="/etc/hosts has $1 at:${hosts_found:- nothing}, wanted in this order:$addresses" ;;
    *) why="/etc/hosts has $hosts_count lines $wanted_lines, wanted one" ;;
  esac
  return 1
}

# hosts_recorded NAME…: where somebody else writes /etc/hosts at every start, are the lines in the file from which our boot
# service puts them back?
hosts_recorded() {
  is_mount /etc/hosts || return 0
  recorded=''
  if [ -f "$hosts_record" ]; then
    while read -r address names; do [ "$names" != "$*" ] || recorded="$recorded $address"; done <"$hosts_record"
  fi
  [ "$recorded" = "$addresses" ]
}

# record_hosts NAME…
record_hosts() {
  is_mount /etc/hosts || return 0
  text=''
  if [ -f "$hosts_record" ]; then
    while read -r address names; do [ "$names" = "$*" ] || text="$text$address $names$nl"; done <"$hosts_record"
  fi
  for address in $addresses; do text="$text$address $*$nl"; done
  put_file "$hosts_record" 644
}

# by_commas LIST: $addresses are the words of the list, each after a blank.
by_commas() {
  addresses='' rest=$1
  while [ -n "$rest" ]; do
    addresses="$addresses ${rest%%,*}"
    case $rest in *,*) rest=${rest#*,} ;; *) rest='' ;; esac
  done
}

# knows_localhost: does /etc/hosts say where localhost is? Kubelet and kubeadm look nowhere else, and a power failure may
# have emptied the file.
knows_localhost() {
  [ -f /etc/hosts ] || return 1
  while read -r address names || [ -n "$address" ]; do
    case $address in 127.*) ;; *) continue ;; esac
    for name in ${names%%#*}; do [ "$name" != localhost ] || return 0; done
  done </etc/hosts
  return 1
}

# hosts_make ADDRESSES NAME…: takes the names out of every line, drops lines left without a name, adds the wanted lines.
hosts_make() {
  by_commas "$1"
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
  knows_localhost || text="127.0.0.1 localhost localhost.localdomain$nl::1 localhost localhost.localdomain$nl$text"
  for address in $addresses; do text="$text$address $*$nl"; done
  put_file /etc/hosts 644 && record_hosts "$@"
}

# is_mount FILE: is something mounted there, as Docker does with its own /etc/hosts?
is_mount() {
  while read -r _ _ _ _ point _; do
    [ "$point" != "$1" ] || return 0
  done </proc/self/mountinfo
  return 1
}
