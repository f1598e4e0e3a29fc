# Part of shared.sh: a node that is a container, and what it shares with the computer that it runs on.

# container_look: $container says what made this container; empty on a machine.
container_look() {
  container=''
  if [ -e /.dockerenv ]; then
    container=docker
  elif [ -e /run/.containerenv ]; then
    container=podman
  else
    # What others tell the first process (systemd's "Container Interface").
    for word in $(tr '\000' '\n' </proc/1/environ 2>/dev/null | sed -n 's/^container=\([A-Za-z0-9._-]*\)$/\1/p'); do
      container=$word
    done
  fi
}

# hosts_affair WORDS: $affair, to be put behind what was seen, says that only the computer itself can change it; empty on
# a machine.
hosts_affair() {
  affair=''
  [ -z "$container" ] || affair="; this node is a container ($container): $1"
}

# container_limits: $cpus and $memory_kib become what this container may use, where that is less than the computer has.
container_limits() {
  [ -n "$container" ] || return 0
  quota='' period='' limit=''
  if [ -r /sys/fs/cgroup/cpu.max ]; then
    read -r quota period </sys/fs/cgroup/cpu.max || :
    value_of /sys/fs/cgroup/memory.max
    limit=$value
  else
    value_of /sys/fs/cgroup/cpu/cpu.cfs_quota_us; quota=$value
    value_of /sys/fs/cgroup/cpu/cpu.cfs_period_us; period=$value
    value_of /sys/fs/cgroup/memory/memory.limit_in_bytes; limit=$value
  fi
  case $quota$period in
    *[!0-9]* | '') ;;
    *)
      limited=$(((quota + period - 1) / period))
      [ "$limited" -ge "$cpus" ] || cpus=$limited
      ;;
  esac
  case $limit in
    *[!0-9]* | '') ;;
    *) [ $((limit / 1024)) -ge "$memory_kib" ] || memory_kib=$((limit / 1024)) ;;
  esac
}

# open_up: $opening are the lines of the boot service that are for containers only.
open_up() {
  opening=''
  [ -n "$container" ] || return 0
  while IFS= read -r line; do opening=$opening$line$nl; done <<'LINES'
	# The manager of containers mounts these read-only, and the runtime and the kubelet write there.
	while read -r _ _ _ _ point options; do
		case $point in
			/sys) mount -o remount,bind,rw "$point" ;;
			/sys/fs/cgroup | /sys/fs/cgroup/*) case $options in *" - cgroup"*) mount -o remount,bind,rw "$point" ;; esac ;;
		esac
	done </proc/self/mountinfo
	# Version 2 passes controllers on only from a group that has no processes of its own.
	if [ -f /sys/fs/cgroup/cgroup.subtree_control ]; then
		mkdir -p /sys/fs/cgroup/init
		while read -r pid; do
			echo "$pid" >/sys/fs/cgroup/init/cgroup.procs
		done 2>/dev/null </sys/fs/cgroup/cgroup.procs
		for controller in $(cat /sys/fs/cgroup/cgroup.controllers); do
			echo "+$controller" >/sys/fs/cgroup/cgroup.subtree_control
		done 2>/dev/null
	fi
	# The kubelet sets these for the whole computer: it finds its values in files of this node's own.
	mkdir -p /run/alpine-k8s-sysctls
	while read -r key value; do
		[ -e "/proc/sys/$key" ] || continue
		! grep -q " /proc/sys/$key " /proc/self/mountinfo || continue
		echo "$value" >"/run/alpine-k8s-sysctls/${key##*/}"
		mount --bind "/run/alpine-k8s-sysctls/${key##*/}" "/proc/sys/$key"
	done <<KEYS
vm/overcommit_memory 1
vm/panic_on_oom 0
kernel/panic 10
kernel/panic_on_oops 1
kernel/keys/root_maxkeys 1000000
kernel/keys/root_maxbytes 25000000
KEYS
	# Docker writes its own hosts file at every start.
	if [ -s /etc/alpine-k8s/hosts ]; then
		ours=" "
		while read -r _ names; do ours="$ours$names "; done </etc/alpine-k8s/hosts
		{
			while read -r address names; do
				kept=
				for name in $names; do
					case $ours in *" $name "*) ;; *) kept="$kept $name" ;; esac
				done
				[ -z "$kept" ] || echo "$address$kept"
			done </etc/hosts
			cat /etc/alpine-k8s/hosts
		} >/run/alpine-k8s-hosts
		cmp -s /run/alpine-k8s-hosts /etc/hosts || cat /run/alpine-k8s-hosts >/etc/hosts
		rm /run/alpine-k8s-hosts
	fi
LINES
}
