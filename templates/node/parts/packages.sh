# Part of shared.sh: packages and versions.

# versions: $kubeadm and $kubelet are vX.Y.Z[+build] or none, $minor is the minor asked for, or kubeadm's, or empty. Starting
# the two programs is half of the work of a look, so what they said is kept with their $files, see keep_versions.
versions() {
  minor=''
  files=$(stat -L -c '%n %i %s %Y %Z' "$(command -v kubeadm)" "$(command -v kubelet)" 2>/dev/null) || files=''
  known_versions || ask_versions
  asked=${AK8S_KUBERNETES_VERSION:-$kubeadm}
  case $asked in
    v*.*.*) minor=${asked#*.} minor=${minor%%.*} ;;
  esac
}

ask_versions() {
  kubeadm=none kubelet=none
  ! command -v kubeadm >/dev/null || kubeadm=$(kubeadm version -o short 2>/dev/null) || kubeadm=none
  if command -v kubelet >/dev/null; then
    kubelet=$(kubelet --version 2>/dev/null) || kubelet=none
    kubelet=${kubelet##* }
  fi
}

# known_versions: $kubeadm and $kubelet as they said it when they were these very files: the same inodes, of the same size,
# written and changed (ctime, which nobody can set) at the same time.
known_versions() {
  [ -n "$files" ] && [ -r "$versions_file" ] || return 1
  slurp "$versions_file"
  case $text in "$files$nl"*) ;; *) return 1 ;; esac
  text=${text#"$files$nl"}
  case $text in v*\ v*"$nl") ;; *) return 1 ;; esac
  text=${text%"$nl"} kubeadm=${text%% *} kubelet=${text#* }
}

# keep_versions: for the next look, when both are there.
keep_versions() {
  case "$files|$kubeadm|$kubelet" in "|"* | *none*) return 0 ;; esac
  text="$files$nl$kubeadm $kubelet$nl"
  file_is "$versions_file" "$text" || put_file "$versions_file" 644 || :
}

# missing_packages: $missing_programs and CNI $missing_plugins, and $missing_packages that hold them on Alpine.
missing_packages() {
  missing_programs='' missing_plugins='' missing_packages=''
  for pair in kubeadm:kubeadm kubelet:kubelet containerd:containerd crictl:cri-tools ip:iproute2 iptables:iptables \
    mount:mount nsenter:util-linux-misc conntrack:conntrack-tools; do
    program=${pair%%:*}
    ! command -v "$program" >/dev/null || continue
    # kubeadm stopped asking for conntrack in 1.32.
    if [ "$program" = conntrack ] && [ "${minor:-0}" -ge 32 ]; then continue; fi
    missing_programs="$missing_programs${missing_programs:+ }$program"
    missing_packages="$missing_packages${missing_packages:+ }${pair#*:}"
  done
  for plugin in bridge host-local loopback portmap; do
    { [ ! -e "/opt/cni/bin/$plugin" ] && [ ! -e "/usr/libexec/cni/$plugin" ]; } || continue
    missing_plugins="$missing_plugins${missing_plugins:+ }$plugin"
    case " $missing_packages " in
      *' cni-plugins '*) ;;
      *) missing_packages="$missing_packages${missing_packages:+ }cni-plugins" ;;
    esac
  done
}

check_packages() {
  missing_packages
  if [ -z "$missing_programs$missing_plugins" ]; then why='every program is there'; return 0; fi
  if [ -z "$missing_programs" ]; then
    # Canal brings its own plugins; other networks may not.
    weight=warning why="missing CNI plugins: $missing_plugins; the network add-on has to bring them"
    return 1
  fi
  why="missing: $missing_programs${missing_plugins:+, CNI plugins $missing_plugins}"
  return 1
}

# community_of LINE: when that line of $list, repositories, is a `main`, $candidate is the line for its `community`.
# Since apk 3 a line may have a type before the URL and components after it.
community_of() {
  candidate=''
  case "$1 " in
    '#'* | '@'* | 'set '*) ;;
    *' main '*) candidate="${1%%" main"*} community" ;;
    *'/main ' | *'/main/ ')
      candidate=${1%/}
      candidate=${candidate%main}community
      ;;
  esac
  [ -n "$candidate" ] || return 0
  named_main=yes
  case $candidate in
    *"/v$release/community" | *"/v$release community")
      [ -z "$of_release" ] || return 0
      ;;
    *)
      # Main of another release, or of none: only when the node's own release is not there.
      [ -z "$community$of_release" ] || return 0
      ;;
  esac
  community=$candidate community_file=$list
  case $candidate in *"/v$release"[/\ ]community) of_release=yes ;; esac
}

# find_community: $community, a line that no list of repositories has yet, and its $community_file; 1 when there is none.
# It is on the mirror and of the release that the node's own `main` comes from.
find_community() {
  community='' community_file='' named_main='' of_release='' lines=$nl release=''
  [ ! -r /etc/alpine-release ] || read -r release </etc/alpine-release || :
  release=${release%.*}
  for list in /etc/apk/repositories /etc/apk/repositories.d/*.list; do
    [ -f "$list" ] || continue
    while read -r line || [ -n "$line" ]; do
      line=${line%% #*}
      lines="$lines${line%/}$nl"
      community_of "$line"
    done <"$list"
  done
  [ -n "$community" ] || return 1
  case $lines in *"$nl$community$nl"*) return 1 ;; esac
  case $community in
    *' community')
      # Components of one line, or of several with the same URL.
      case $lines in *"$nl${community% community} "*[\ ]community[\ "$nl"]*) return 1 ;; esac
      ;;
  esac
}

# add_community: 1 when there is none to add. $list_before is what its file was.
add_community() {
  find_community || return 1
  slurp "$community_file"
  list_before=$text
  case $text in '' | *"$nl") ;; *) text=$text$nl ;; esac
  text=$text$community$nl
  put_file "$community_file" 644 || return 1
  community_added=yes
}

# drop_community: takes out what add_community added, for it did not help.
drop_community() {
  [ -n "$community_added" ] || return 0
  text=$list_before
  put_file "$community_file" 644 || return 1
  apk_hint="; ${community} did not help and was taken out again"
}

# apk_run COMMAND ARGUMENT…: shows apk's lines as they come; on failure $apk_words are its errors, else its last line. On
# a machine that has just started another apk may be at work: two minutes are waited for it.
apk_run() {
  apk_command=$1
  shift
  need_tmp
  rm -f "$tmp/apk-code"
  # The code of a pipe is that of its last command.
  { with_proxy apk "$apk_command" --wait 120 "$@" 2>&1 </dev/null || printf '%s\n' "$?" >"$tmp/apk-code"; } | tee "$tmp/out"
  [ -f "$tmp/apk-code" ] || return 0
  read -r apk_code <"$tmp/apk-code"
  apk_words='' last='' inside=''
  while IFS= read -r line || [ -n "$line" ]; do
    bare=${line#"${line%%[! ]*}"}
    [ -n "$bare" ] || continue
    last=$bare
    case $line in
      ERROR:*)
        inside=yes
        [ ${#apk_words} -gt 600 ] || apk_words="$apk_words${apk_words:+; }${bare#ERROR: }"
        ;;
      ' '*) [ -z "$inside" ] || [ ${#apk_words} -gt 600 ] || apk_words="$apk_words $bare" ;;
      *) inside='' ;;
    esac
  done <"$tmp/out"
  apk_words=${apk_words:-${last:-code $apk_code}}
  return 1
}

# apk_update: a repository that does not answer is no reason to stop; others may have everything.
apk_update() {
  update_words=''
  apk_run update || update_words=$apk_words
}

# apk_offers PACKAGE…: are all in the indexes, those of Kubernetes in the version asked for? $not_offered are those that
# are not, $other_version the first that is there in other versions only, which are $offered.
apk_offers() {
  found=' ' not_offered='' other_version='' offered=''
  need_tmp
  with_proxy apk policy "$@" >"$tmp/policy" 2>/dev/null </dev/null || :
  package='' version=''
  while read -r line; do
    case $line in
      *' policy:') package=${line% policy:} ;;
      [0-9]*:) version=${line%:} ;;
      # What has a tag is not taken by a name alone.
      '@'*) ;;
      *) found="$found$package=$version " ;;
    esac
  done <"$tmp/policy"
  for package in "$@"; do
    wanted=$package=
    case $package in kubeadm | kubelet | kubectl) wanted="$package=${plain:+$plain-r}" ;; esac
    case $found in
      *" $wanted"*) continue ;;
      *" $package="*)
        if [ -z "$other_version" ] && [ "$package" != kubectl ]; then
          other_version=$package
          for pair in $found; do
            [ "${pair%%=*}" != "$package" ] || offered="$offered${offered:+ }${pair#*=}"
          done
        fi
        ;;
    esac
    not_offered="$not_offered $package"
  done
  [ -z "$not_offered" ]
}

with_proxy() {
  (
    [ -z "$AK8S_HTTP_PROXY" ] || export http_proxy="$AK8S_HTTP_PROXY"
    [ -z "$AK8S_HTTPS_PROXY" ] || export https_proxy="$AK8S_HTTPS_PROXY"
    [ -z "$AK8S_NO_PROXY" ] || export no_proxy="$AK8S_NO_PROXY"
    exec "$@"
  )
}

# find_packages PACKAGE…: updates the indexes; community is added when a package is missing without it.
find_packages() {
  community_added='' apk_hint=''
  apk_update
  ! apk_offers "$@" || return 0
  if [ -n "$update_words" ]; then
    # A network that has only just come up.
    sleep 5
    apk_update
    ! apk_offers "$@" || return 0
  fi
  without=$not_offered
  if add_community; then
    apk_update
    apk_offers "$@" || :
    # When nothing at all is told, apk add has to show whether it helps.
    [ "$not_offered" != "$without" ] || [ "$found" = ' ' ] || drop_community || return 1
  elif [ -z "$named_main" ]; then
    apk_hint='; /etc/apk/repositories names no main repository; run setup-apkrepos -c, or give a mirror that has them'
  fi
}

fix_packages() {
  command -v apk >/dev/null || { trouble='there is no apk on this node'; return 1; }
  plain=${AK8S_KUBERNETES_VERSION#v} plain=${plain%%+*}
  case " $missing_packages " in
    *' kubeadm '* | *' kubelet '*) missing_packages="$missing_packages kubectl" ;;
  esac
  # shellcheck disable=SC2086 # names of packages
  find_packages $missing_packages || return 1
  if [ -n "$other_version" ]; then
    trouble="$other_version $plain is not in the repositories of this Alpine release, which has: $offered; ask for that version or use another release$apk_hint"
    return 1
  fi
  set --
  for package in $missing_packages; do
    case $package in
      kubectl)
        # A master does without; the CLI has its own.
        case "$not_offered $found" in *' kubectl '*' kubeadm='*) continue ;; esac
        set -- "$@" "$package${plain:+=~$plain}"
        ;;
      kubeadm | kubelet) set -- "$@" "$package${plain:+=~$plain}" ;;
      *) set -- "$@" "$package" ;;
    esac
  done
  if ! apk_add "$@"; then
    add_words=$apk_words
    [ "$found" != ' ' ] || drop_community || :
    trouble="apk add $* failed: $add_words"
    if [ -n "$update_words" ]; then
      # Where nothing is offered at all, it follows from this, and is no news.
      [ "$found" != ' ' ] || trouble="so none of these can be had: $*"
      trouble="apk update failed: $update_words; $trouble"
    fi
    trouble=$trouble$apk_hint
    return 1
  fi
  hash -r
  versions
}

# apk_add PACKAGE…: apk's answer decides, whatever policy said.
apk_add() {
  ! apk_run add "$@" || return 0
  case $apk_words in
    *--force-missing-repositories*) apk_run add --force-missing-repositories "$@" ;;
    *) return 1 ;;
  esac
}

check_kubernetes_version() {
  [ "$kubeadm" != none ] || { why='kubeadm is not there'; return 2; }
  why="kubeadm $kubeadm, kubelet $kubelet"
  [ -n "$AK8S_KUBERNETES_VERSION" ] || return 0
  if [ "$kubeadm" != "$AK8S_KUBERNETES_VERSION" ]; then
    why="kubeadm is $kubeadm, the cluster's version is $AK8S_KUBERNETES_VERSION"
    return 1
  fi
  [ "$kubelet" != "$AK8S_KUBERNETES_VERSION" ] || return 0
  why="kubelet is $kubelet, kubeadm is $kubeadm"
  kubelet_minor=${kubelet#*.}
  [ "${kubelet_minor%%.*}" != "$minor" ] || weight=warning
  return 1
}
