# Part of shared.sh: the container runtime.

# Plug-ins that network add-ons put into /opt/cni/bin later. Where the folders are two, the runtime finds them by links
# made now.
later_plugins='flannel calico calico-ipam cilium-cni bandwidth tuning'

# real_folder FOLDER: $real is where it leads.
real_folder() {
  real=''
  [ -d "$1" ] || return 1
  cd -P "$1" && real=$PWD && cd /
}

check_cni_dirs() {
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

fix_cni_dirs() {
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

check_runtime() {
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

fix_runtime() {
  [ -e /etc/init.d/containerd ] || { trouble='there is no service containerd'; return 1; }
  [ -e /etc/runlevels/default/containerd ] || try rc-update add containerd default || return 1
  ! runtime_answers || return 0
  [ -z "$config_dead" ] || { trouble="it cannot come: $config_dead"; return 1; }
  if ! service containerd start; then
    service containerd zap || :
    service containerd start || return 1
  fi
  wait_runtime
}
