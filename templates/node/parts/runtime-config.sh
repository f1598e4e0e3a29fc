# Part of shared.sh: the file of the container runtime, judged by what the runtime makes of it.

config_dead='' unread=''

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
# SystemdCgroup is true, whether the CRI plug-in is disabled, where restrict_oom_score_adj has to be made true (in its line,
# below the header of its section, in a section of its own; nowhere outside of containers, which may not make processes safer
# from the kernel's memory killer than they are), and the image. `make` prints the file with these as they should be; every
# other line stays as it is. It knows the form that containerd itself writes, and no other: what it makes is tried before it
# is put in place. Keys by version: containerd's docs/cri/config.md.
toml() {
  awk -v what="$1" -v image="$pause" -v insert="${3:-}" -v restrict="${4:-}" -v inside="$container" '
    function put() { print indent key " = \"" image "\"" eol }
    function put_restrict() { print indent "restrict_oom_score_adj = true" eol }
    BEGIN {
      cri = "[\"\047](io\\.containerd\\.(grpc\\.v1\\.cri|cri\\.v1\\.[a-z]+)|cri)[\"\047][ \t]*"
      version = 0
      wanted = "plugins.io.containerd.grpc.v1.cri"
      key = "sandbox_image"
      runtime = wanted
    }
    {
      eol = sub(/\r$/, "") ? "\r" : ""
      bare = $0
      sub(/^[ \t]+/, "", bare)
      name = bare
      sub(/[ \t]*=.*/, "", name)
      value = bare
      sub(/^[^=]*=[ \t]*/, "", value)
      sub(/[ \t]*(#.*)?$/, "", value)
      gsub(/["\047]/, "", value)
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
    bare ~ /^\[/ {
      section = bare
      sub(/^\[+/, "", section)
      sub(/\].*/, "", section)
      gsub(/[ \t"\047]/, "", section)
      if (section == runtime) found_runtime = 1
      if (section == wanted) found_section = 1
      if (section == wanted || section == runtime) {
        if (what == "make") {
          print $0 eol
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
    (name == "SystemdCgroup" || name == "systemd_cgroup") && value == "true" {
      systemd++
      if (what == "make") { print indent name " = false" eol; next }
    }
    section == "" && name == "disabled_plugins" && bare ~ cri {
      disabled = 1
      if (what == "make") gsub(cri ",?", "")
    }
    what == "make" { print $0 eol }
    END {
      place = found_restrict != "" ? "line" : found_runtime ? "header" : "section"
      if (inside == "" || found_restrict == "true") place = "nowhere"
      if (what == "look") print version, (found_key ? "key" : found_section ? "section" : "none"), systemd + 0, disabled + 0, place, found
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

# ask_config FILE: what containerd itself makes of the file and all that it imports; 1 when it cannot read it, with $unread.
ask_config() {
  unread=''
  if dump=$(containerd --config "$1" config dump 2>&1); then
    read_meant
    # The dump of containerd 2.0 to 2.0.5 forgets what a file of version 2 says of CRI (containerd issue 11747).
    if [ "$meant_version" -ge 3 ] && grep -q '^version *= *2' "$1" &&
      migrated=$(containerd --config "$1" config migrate 2>/dev/null); then
      dump=$migrated
      read_meant
    fi
    return 0
  fi
  unread=${dump##*"$nl"}
  unread=${unread#containerd: }
  return 1
}

# read_meant: what $dump says of all that matters here.
read_meant() {
  read -r meant_version _ meant_systemd meant_disabled meant_restrict meant_image <<MEANT
$(printf '%s\n' "$dump" | toml look -)
MEANT
}

# is_meant: whether that is what a node needs; $why says what is not.
is_meant() {
  [ "$meant_disabled" = 0 ] || { why='disabled_plugins names the CRI plug-in, without which there are no pods' at='disabled_plugins' write='disabled_plugins without it'; return 1; }
  [ "$meant_systemd" = 0 ] || { why='SystemdCgroup is true, and OpenRC has no systemd' at='[sS]ystemd_\{0,1\}[cC]group.*true' write='SystemdCgroup = false'; return 1; }
  [ "$meant_restrict" = nowhere ] || { why="restrict_oom_score_adj is not true, and this node is a container ($container)" at='restrict_oom_score_adj' write='restrict_oom_score_adj = true'; return 1; }
  [ -z "$pause" ] || [ "$meant_image" = "$pause" ] || { weight=warning why="sandbox image is ${meant_image:-not set}, kubeadm wants $pause" at='sandbox' write="the sandbox image \"$pause\""; return 1; }
}

# left_alone: $trouble says where the user has to write what, after is_meant.
left_alone() {
  places=''
  imports=$(printf '%s\n' "$dump" | sed -n 's/^imports *= *\[\(.*\)\]$/\1/p' | tr -d "\"' " | tr ',' '\n')
  while read -r file; do
    [ -f "$file" ] || continue
    line=$(grep -n -m 1 "^[^#]*$at" "$file") || continue
    case " $places " in *" $file:"*) ;; *) places="$places${places:+ or }$file:${line%%:*}" ;; esac
  done <<FILES
$imports
$containerd_config
FILES
  trouble="left as it is, for it is written in a form that is not changed here: write $write at ${places:-$containerd_config}"
}

check_runtime_config() {
  config_dead=''
  command -v containerd >/dev/null || { why='containerd is not there'; return 2; }
  pause_image
  [ -s "$containerd_config" ] || { why="$containerd_config is not there"; return 1; }
  if ! ask_config "$containerd_config"; then
    config_dead="containerd cannot read $containerd_config: $unread"
    why=$config_dead
    return 1
  fi
  read_config "$containerd_config"
  why="cgroupfs, sandbox image ${meant_image:-of containerd}"
  [ "$config_version" -ge 2 ] || { why="$containerd_config has no 'version =' line of 2 or more; move it away to get containerd's default"; return 1; }
  [ "$meant_disabled" = 0 ] || config_dead='its CRI plug-in is disabled'
  is_meant || return 1
  if [ -z "$pause" ]; then
    why='kubeadm does not tell its pause image'
    weight=warning
    return 1
  fi
  { [ -f "$pause_file" ] || [ "$AK8S_MODE" = check ]; } || { weight=warning why="$pause_file, which remembers the sandbox image, is not there"; return 1; }
}

# read_config FILE: how the file itself is written.
read_config() {
  read -r config_version config_place _ config_disabled config_restrict _ <<LOOK
$(toml look "$1")
LOOK
}

fix_runtime_config() {
  need_tmp
  config_file=$containerd_config
  [ ! -L "$config_file" ] || config_file=$(readlink -f "$config_file") || { trouble="$containerd_config is a link that leads nowhere"; return 1; }
  if [ -s "$config_file" ]; then
    cp "$config_file" "$tmp/config"
  else
    containerd config default >"$tmp/config" 2>/dev/null || { trouble='containerd config default failed'; return 1; }
  fi
  read_config "$tmp/config"
  # Some versions do not even read a file that disables CRI under its old name.
  if [ "$config_version" -lt 2 ] || { [ -n "$unread" ] && [ "$config_disabled" = 0 ]; }; then
    trouble='this file is left as it is'
    return 1
  fi
  # Before all else: without it kubeadm is asked for it in every run.
  if [ -n "$pause" ]; then
    text="$pause_key $pause$nl"
    put_file "$pause_file" 644 || return 1
  fi
  case $config_place in
    key) insert='' ;;
    section) insert=key ;;
    *) insert=section ;;
  esac
  toml make "$tmp/config" "$insert" "$config_restrict" >"$tmp/config.new" || { trouble='the file could not be read'; return 1; }
  if [ ! -f "$config_file" ] || ! cmp -s "$tmp/config.new" "$config_file"; then
    try_config || return 1
    slurp "$tmp/config.new"
    put_file "$config_file" 644 || return 1
    restart_runtime || return 1
  elif ask_config "$config_file" && ! is_meant; then
    left_alone
    return 1
  fi
}

# try_config: lets containerd read the new file before it is put in place, beside the old one, where its imports count.
try_config() {
  [ -d "${config_file%/*}" ] || try mkdir -p "${config_file%/*}" || return 1
  # The file may hold passwords of registries.
  rm -f "$config_file.ak8s-try"
  (umask 077 && cp "$tmp/config.new" "$config_file.ak8s-try") || { trouble="$config_file.ak8s-try could not be written"; return 1; }
  try_code=0
  weight=fatal
  # What is wrong with the image alone does not keep the rest from being mended.
  { ask_config "$config_file.ak8s-try" && { is_meant || [ "$weight" = warning ]; }; } || try_code=1
  rm -f "$config_file.ak8s-try"
  [ "$try_code" = 1 ] || return 0
  trouble="containerd does not take what would be written: $unread"
  if ask_config "$config_file" && ! is_meant; then left_alone; fi
  return 1
}
