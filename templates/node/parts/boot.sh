# Part of shared.sh: what every boot has to bring back.

boot_service_text() {
  open_up
  raising="	raise /proc/sys/fs/inotify/max_user_watches 524288
	raise /proc/sys/fs/inotify/max_user_instances 8192
"
  # These are the whole computer's.
  [ -z "$container" ] || raising=''
  # shellcheck disable=SC2016 # words for OpenRC's shell, not for this one
  text='#!/sbin/openrc-run
# Written by alpine-k8s. What the runtime and the kubelet need at every boot before they start.
description="Kernel modules, shared mounts, bpffs and sysctls for Kubernetes"

depend() {
	after sysfs cgroups root localmount modules sysctl bootmisc hostname
	before containerd crio docker kubelet
}

raise() {
	[ -w "$1" ] || return 0
	[ "$(cat "$1")" -ge "$2" ] || echo "$2" >"$1"
}

start() {
	ebegin "Preparing this node for Kubernetes"
'"$opening"'	while read -r module; do
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
'"$raising"'	eend 0
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

check_boot_service() {
  boot_service_text
  service_text=$text
  why='/etc/init.d/alpine-k8s-node is in the boot runlevel'
  { file_is "$boot_service" "$service_text" && [ -x "$boot_service" ]; } || { why="$boot_service is not there or not ours"; return 1; }
  file_is "$modules_file" "$modules_text" || { why="$modules_file is not there or not ours"; return 1; }
  file_is "$sysctl_file" "$sysctl_text" || { why="$sysctl_file is not there or not ours"; return 1; }
  [ -e /etc/runlevels/boot/alpine-k8s-node ] || { why='alpine-k8s-node is not in the boot runlevel'; return 1; }
}

fix_boot_service() {
  text=$modules_text
  put_file "$modules_file" 644 || return 1
  text=$sysctl_text
  put_file "$sysctl_file" 644 || return 1
  text=$service_text
  put_file "$boot_service" 755 && chmod 755 "$boot_service" || return 1
  [ -e /etc/runlevels/boot/alpine-k8s-node ] || try rc-update add alpine-k8s-node boot || return 1
  service alpine-k8s-node start
}

check_modules() {
  absent=''
  overlay=''
  while read -r first second; do
    case "$first $second" in 'nodev overlay' | 'overlay ') overlay=yes ;; esac
  done </proc/filesystems
  [ -n "$overlay" ] || absent=overlay
  [ -d /proc/sys/net/bridge ] || absent="$absent${absent:+ }br_netfilter"
  why='overlay and br_netfilter work'
  hosts_affair "on the computer that it runs on, type: modprobe -a $absent"
  [ -z "$absent" ] || { why="the kernel lacks: $absent$affair"; return 1; }
}

fix_modules() {
  [ -z "$container" ] || return 1
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

check_sysctls() {
  why=''
  for key in ipv4/ip_forward bridge/bridge-nf-call-iptables bridge/bridge-nf-call-ip6tables; do
    value_of "/proc/sys/net/$key"
    [ "$value" = 1 ] || why="${why:+$why, }net/$key is ${value:-not there}"
  done
  [ -z "$why" ] || return 1
  why='forwarding, and bridged packets pass iptables'
}

fix_sysctls() { try sysctl -e -p "$sysctl_file"; }

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

check_mounts_shared() {
  mount_list
  unshared=''
  [ "$root_shared" != no ] || unshared='/'
  [ "$run_shared" != no ] || unshared="$unshared${unshared:+ }/run"
  [ "$sys_shared" != no ] || unshared="$unshared${unshared:+ }/sys"
  why='/, /run and /sys are shared'
  [ -z "$unshared" ] || { why="private mounts: $unshared"; return 1; }
}

fix_mounts_shared() {
  for point in $unshared; do try mount --make-rshared "$point" || return 1; done
}

check_bpffs() {
  mount_list
  why='/sys/fs/bpf is mounted'
  [ -z "$bpffs" ] || return 0
  [ -d /sys/fs/bpf ] || { why='this kernel has no /sys/fs/bpf'; return 2; }
  why='/sys/fs/bpf is not mounted'
  return 1
}

fix_bpffs() { try mount -t bpf bpf /sys/fs/bpf; }

check_cgroups() {
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
    if [ "${minor:-0}" -ge 35 ] && [ -z "$AK8S_ALLOW_CGROUP_V1" ]; then
      why='version 1, and Kubernetes from 1.35 on needs version 2: rc_cgroup_mode="unified" in /etc/rc.conf and reboot, or failCgroupV1: false in the KubeletConfiguration of the spec'
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
  if [ -n "$container" ]; then
    # Whoever made the container has mounted them.
    { [ -n "$cgroup2" ] && [ -w /sys/fs/cgroup ]; } || [ -w /sys/fs/cgroup/memory ] || { why="$why, mounted read-only"; return 1; }
    return 0
  fi
  [ -e /etc/init.d/cgroups ] || return 0
  for level in sysinit boot default; do
    [ ! -e "/etc/runlevels/$level/cgroups" ] || return 0
  done
  why='the service cgroups is in no runlevel'
  return 1
}

fix_cgroups() {
  if [ -n "$container" ]; then
    service alpine-k8s-node restart
    return
  fi
  [ -e /etc/init.d/cgroups ] || { trouble='there is no service cgroups (package openrc) to mount them'; return 1; }
  try rc-update add cgroups sysinit || return 1
  [ -n "$cgroup2" ] || [ "$cgroup1" != , ] || service cgroups start
}
