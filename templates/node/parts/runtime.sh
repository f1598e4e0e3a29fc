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
# SystemdCgroup is true, where restrict_oom_score_adj has to be made true (in its line, below the header of its section, in a
# section of its own; nowhere outside of containers, which may not make processes safer from the kernel's memory killer than
# they are), and the image. `make` prints the file with these three as they should be; every other line stays as it is. Keys by
# version: containerd's docs/cri/config.md.
toml() {
  awk -v what="$1" -v image="$pause" -v insert="${3:-}" -v restrict="${4:-}" -v inside="$container" '
    function put() { print indent key " = \"" image "\"" }
    function put_restrict() { print indent "restrict_oom_score_adj = true" }
    BEGIN { version = 0; wanted = "plugins.io.containerd.grpc.v1.cri"; key = "sandbox_image"; runtime = wanted }
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
      if (version >= 3) {
        wanted = "plugins.io.containerd.cri.v1.images.pinned_images"
        key = "sandbox"
        runtime = "plugins.io.containerd.cri.v1.runtime"
      }
    }
    bare ~ "^\\[" {
      section = bare
      sub("^\\[+", "", section)
      sub("\\].*", "", section)
      gsub("[ \t\"\047]", "", section)
      if (section == runtime) found_runtime = 1
      if (section == wanted) found_section = 1
      if (section == wanted || section == runtime) {
        if (what == "make") {
          print
          indent = indent "  "
          if (section == wanted && insert == "key" && image != "") put()
          if (section == runtime && restrict == "header") put_restrict()
        }
        next
      }
    }
    section == runtime && name == "restrict_oom_score_adj" {
      found_restrict = value
      if (what == "make" && restrict == "line") { put_restrict(); next }
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
      place = found_restrict != "" ? "line" : found_runtime ? "header" : "section"
      if (inside == "" || found_restrict == "true") place = "nowhere"
      if (what == "look") print version, (found_key ? "key" : found_section ? "section" : "none"), systemd + 0, place, found
      indent = "  "
      if (what == "make" && insert == "section" && image != "") {
        if (version >= 3) print "[plugins.\"io.containerd.cri.v1.images\".pinned_images]"
        else { print "[plugins.\"io.containerd.grpc.v1.cri\"]"; found_runtime = 1 }
        put()
      }
      if (what == "make" && restrict == "section") {
        if (version >= 3) print "[plugins.\"io.containerd.cri.v1.runtime\"]"
        else if (!found_runtime) print "[plugins.\"io.containerd.grpc.v1.cri\"]"
        put_restrict()
      }
    }' "$2"
}

look_runtime_config() {
  command -v containerd >/dev/null || { why='containerd is not there'; return 2; }
  pause_image
  config_place='' config_systemd=0 config_restrict=nowhere
  [ -s "$containerd_config" ] || { why="$containerd_config is not there"; return 1; }
  read -r config_version config_place config_systemd config_restrict config_image <<LOOK
$(toml look "$containerd_config")
LOOK
  why="cgroupfs, sandbox image ${config_image:-of containerd}"
  [ "$config_version" -ge 2 ] || { why="$containerd_config has no 'version =' line of 2 or more; move it away to get containerd's default"; return 1; }
  [ "$config_systemd" = 0 ] || { why='SystemdCgroup is true, and OpenRC has no systemd'; return 1; }
  [ "$config_restrict" = nowhere ] || { why="restrict_oom_score_adj is not true, and this node is a container ($container)"; return 1; }
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
    read -r config_version config_place config_systemd config_restrict config_image <<LOOK
$(toml look "$tmp/config")
LOOK
  fi
  [ "$config_version" -ge 2 ] || { trouble='this file is left as it is'; return 1; }
  case $config_place in
    key) insert='' ;;
    section) insert=key ;;
    *) insert=section ;;
  esac
  toml make "$tmp/config" "$insert" "$config_restrict" >"$tmp/config.new" || { trouble='the file could not be read'; return 1; }
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
