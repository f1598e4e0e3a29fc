# Part of shared.sh: the machine.

check_machine_id() {
  machine_id=''
  [ ! -f /etc/machine-id ] || read -r machine_id </etc/machine-id || :
  why="$machine_id"
  case $machine_id in
    *[!0-9a-f]* | '' | 00000000000000000000000000000000) why='/etc/machine-id does not hold 32 hex digits'; return 1 ;;
  esac
  [ ${#machine_id} = 32 ] || { why='/etc/machine-id does not hold 32 hex digits'; return 1; }
}

fix_machine_id() {
  uuid=$(cat /proc/sys/kernel/random/uuid)
  while :; do
    case $uuid in *-*) uuid=${uuid%%-*}${uuid#*-} ;; *) break ;; esac
  done
  text=$uuid$nl
  put_file /etc/machine-id 444
}

# product_uuid: $value; that of its computer says nothing of a container.
product_uuid() {
  value=''
  [ -n "$container" ] || value_of /sys/class/dmi/id/product_uuid
}

# Whether it is the only one of its kind is for those to say who see all nodes.
check_product_uuid() {
  product_uuid
  why=${value:-this machine has none}
  [ -z "$container" ] || why="this node is a container ($container) and has none of its own"
  [ -n "$value" ] || return 2
}

check_swap() {
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
  hosts_affair "failSwapOn: false in the spec's KubeletConfiguration allows it; on the computer that it runs on, type: swapoff -a"
  [ -z "$swaps" ] || why="swap is on: $swaps$affair"
  [ -z "$swap_fstab" ] || why="$why${why:+; }/etc/fstab turns it on"
  # The service does no harm when fstab names no swap, but it would on the day that one does.
  [ -z "$swap_boot" ] || why="$why${why:+; }the service swap is in a runlevel"
  [ -z "$why" ] || return 1
  why='off'
}

fix_swap() {
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
  if [ -z "$container" ]; then
    for device in $swaps; do try swapoff "$device" || return 1; done
  fi
  tell_swap
}

# tell_swap: it is the user's machine, and swap that was there on purpose is missed.
tell_swap() {
  done_words=''
  [ -z "$swaps" ] || [ -n "$container" ] || done_words="switched off: $swaps"
  [ -z "$swap_fstab" ] || done_words="$done_words${done_words:+; }its lines in /etc/fstab begin with #alpine-k8s# now"
  [ -z "$swap_boot" ] || done_words="$done_words${done_words:+; }the service swap was taken out of runlevel $swap_boot"
  [ -z "$done_words" ] || warned swap "$done_words"
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
check_cpus() {
  why="$cpus"
  { [ "$AK8S_ROLE" = master ] && [ "$cpus" -lt 2 ]; } || return 0
  ! { ignored NumCPU || ignored numcpu; } || weight=warning
  why="a master needs 2 CPUs, there are $cpus"
  return 1
}

check_memory() {
  why="$((memory_kib / 1024)) MiB"
  { [ "$AK8S_ROLE" = master ] && [ $((memory_kib / 1024)) -lt 1700 ]; } || return 0
  ! { ignored Mem || ignored mem; } || weight=warning
  why="a master needs 1700 MiB of memory, there are $why"
  return 1
}

# The kubelet wants 15 % for images and 10 % for the rest; in a container, whose disk is its computer's, the 1 GiB that we give
# it. Below 200 MiB nothing can be done at all.
check_disk() {
  why="$((disk_free / 1024)) of $((disk_total / 1024)) MiB free under /var/lib"
  [ "$disk_total" -gt 0 ] || { why='the size of /var/lib is unknown'; return 2; }
  [ "$disk_free" -ge 204800 ] || return 1
  if [ -n "$container" ]; then
    [ "$disk_free" -le 1048576 ] || return 0
    why="$why: below 1024 MiB the kubelet evicts pods"
  else
    [ $((disk_free * 100)) -lt $((disk_total * 15)) ] || return 0
    why="$why: below 15 % the kubelet deletes images and evicts pods"
  fi
  weight=warning
  return 1
}

# take_port: adds $port to $taken, with the program that holds the socket $inode where that is known.
take_port() {
  # shellcheck disable=SC2012 # names of links, which the kernel makes
  pid=$(ls -l /proc/[0-9]*/fd 2>/dev/null | awk -v socket="socket:[$inode]" '
    /^\/proc\// { split($0, part, "/"); pid = part[3] }
    $NF == socket { print pid; exit }')
  value=''
  [ -z "$pid" ] || value_of "/proc/$pid/comm"
  taken="$taken${taken:+, }$port${value:+ ($value)}"
}

check_ports() {
  [ "$state" = clean ] || { why="this node is $state already"; return 2; }
  taken=''
  case $AK8S_ROLE in
    master) wanted_ports=' 192B:6443 094B:2379 094C:2380 2811:10257 2813:10259 280A:10250 ' ;;
    *) wanted_ports=' 280A:10250 ' ;;
  esac
  for file in /proc/net/tcp /proc/net/tcp6; do
    [ -r "$file" ] || continue
    while read -r _ local _ socket_state _ _ _ _ _ inode _; do
      [ "$socket_state" = 0A ] || continue
      case $wanted_ports in
        *" ${local##*:}:"*)
          port=${wanted_ports#*" ${local##*:}:"} port=${port%% *}
          case " $taken," in *" $port "* | *" $port,"*) continue ;; esac
          ignored "Port-$port" || ignored "port-$port" || take_port
          ;;
      esac
    done <"$file"
  done
  why='free'
  [ -z "$taken" ] || { why="something listens already on: $taken"; return 1; }
}

# own_nameservers: $text is the file that pods get where the node's own names a resolver that only the node itself reaches.
own_nameservers() {
  by_commas "${AK8S_NAMESERVERS#none}"
  text=''
  for address in $addresses; do text="${text}nameserver $address$nl"; done
}

check_own_resolv_conf() {
  own_nameservers
  why="nameserver$addresses, in $own_resolv_conf"
  file_is "$own_resolv_conf" "$text" || { weight=fatal why="$own_resolv_conf is not there or names others than$addresses"; return 1; }
  [ -n "$addresses" ] || needs_nameserver 'the computer that this container runs on names no name server that pods could ask' "there, in /etc/resolv.conf"
}

# needs_nameserver WORDS PLACE: CoreDNS asks the node's name servers, and ends where there is none. A finished node may have
# lost them for a moment, and what runs there goes on.
needs_nameserver() {
  [ "$state" = finished ] || weight=fatal
  why="$1, without one CoreDNS does not start: name one $2: nameserver ADDRESS"
  return 1
}

check_resolv_conf() {
  if [ -n "$AK8S_NAMESERVERS" ]; then
    check_own_resolv_conf
    return
  fi
  loopback='' others=''
  if [ -f "$AK8S_RESOLV_CONF" ]; then
    while read -r word value _ || [ -n "$word" ]; do
      [ "$word" = nameserver ] || continue
      case $value in 127.* | ::1) loopback=$value ;; *) others=$value ;; esac
    done <"$AK8S_RESOLV_CONF"
  fi
  why="nameserver $others"
  [ -z "$loopback" ] || { why="$AK8S_RESOLV_CONF names $loopback, with which CoreDNS asks itself for ever"; return 1; }
  [ -n "$others" ] || needs_nameserver "$AK8S_RESOLV_CONF names no nameserver" 'in that file'
}

# Without the file the kubelet makes no pod at all, not even those of the control plane, whose use of it is nothing.
fix_resolv_conf() {
  if [ -n "$AK8S_NAMESERVERS" ]; then
    own_nameservers
    wanted=$text
    ! file_is "$own_resolv_conf" "$wanted" || return 1
    text=$wanted
    put_file "$own_resolv_conf" 644
    return
  fi
  { [ ! -e "$AK8S_RESOLV_CONF" ] && [ ! -L "$AK8S_RESOLV_CONF" ]; } || return 1
  text=''
  put_file "$AK8S_RESOLV_CONF" 644
}

# rules_of PROGRAM: has that backend any rules?
rules_of() {
  command -v "$1" >/dev/null || return 1
  # Those of Docker's resolver are in every container, made from outside.
  "$1" 2>/dev/null | grep '^-A ' | grep -qv '127\.0\.0\.11'
}

check_iptables_backend() {
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

check_inotify() {
  # The kernel gives a number only to a reader who takes it at once; `read` takes it byte by byte.
  { read -r watches; read -r instances || :; } <<NUMBERS
$(cat /proc/sys/fs/inotify/max_user_watches /proc/sys/fs/inotify/max_user_instances 2>/dev/null)
NUMBERS
  { [ -n "$watches" ] && [ -n "$instances" ]; } || { why='this kernel does not tell'; return 2; }
  why="$watches watches, $instances instances"
  hosts_affair 'on the computer that it runs on, type: sysctl -w fs.inotify.max_user_watches=524288 fs.inotify.max_user_instances=8192'
  { [ "$watches" -ge 524288 ] && [ "$instances" -ge 8192 ]; } || { why="$why; wanted at least 524288 and 8192$affair"; return 1; }
}

fix_inotify() {
  [ -z "$container" ] || return 1
  trouble='it cannot be written'
  [ "$watches" -ge 524288 ] || { echo 524288 >/proc/sys/fs/inotify/max_user_watches; } 2>/dev/null || return 1
  [ "$instances" -ge 8192 ] || { echo 8192 >/proc/sys/fs/inotify/max_user_instances; } 2>/dev/null || return 1
}
