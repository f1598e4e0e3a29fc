# Part of shared.sh: proxy and ssh key.

# quoted TEXT: $word is TEXT as one word of sh.
quoted() {
  rest=$1 word=''
  while :; do
    case $rest in
      *\'*) word="$word${rest%%\'*}'\\''" rest=${rest#*\'} ;;
      *) break ;;
    esac
  done
  word="'$word$rest'"
}

# proxy_files: $conf_rest is /etc/conf.d/containerd without our block, $conf_block our block in it, $block the wanted one.
proxy_files() {
  conf_rest='' conf_block='' block='' inside=''
  if [ -f /etc/conf.d/containerd ]; then
    while IFS= read -r line || [ -n "$line" ]; do
      [ "$line" != '# alpine-k8s proxy begin' ] || inside=yes
      if [ -n "$inside" ]; then conf_block=$conf_block$line$nl; else conf_rest=$conf_rest$line$nl; fi
      [ "$line" != '# alpine-k8s proxy end' ] || inside=''
    done </etc/conf.d/containerd
  fi
  [ -n "$AK8S_HTTP_PROXY$AK8S_HTTPS_PROXY" ] || return 0
  for pair in "HTTP_PROXY=$AK8S_HTTP_PROXY" "HTTPS_PROXY=$AK8S_HTTPS_PROXY" "NO_PROXY=$AK8S_NO_PROXY"; do
    [ -n "${pair#*=}" ] || continue
    quoted "${pair#*=}"
    block="${block}export ${pair%%=*}=$word$nl"
  done
  block="# alpine-k8s proxy begin$nl$block# alpine-k8s proxy end$nl"
}

look_proxy() {
  proxy_files
  why='none'
  [ -z "$block" ] || why='the runtime has it'
  [ "$block" = "$conf_block" ] || { why='/etc/conf.d/containerd has another proxy than asked for'; return 1; }
}

make_proxy() {
  text=$conf_rest$block
  # An address with a password in it is for root only, from the first moment; put_file keeps the mode of a file.
  case $block in
  *@*)
    [ ! -f /etc/conf.d/containerd ] || chmod 600 /etc/conf.d/containerd || return 1
    put_file /etc/conf.d/containerd 600 || return 1
    ;;
  *) put_file /etc/conf.d/containerd 644 || return 1 ;;
  esac
  restart_runtime
}

# ssh_home: $home of AK8S_SSH_USER and $ids, his uid:gid.
ssh_home() {
  home='' ids=''
  while IFS=: read -r user _ uid gid _ folder _ || [ -n "$user" ]; do
    [ "$user" != "${AK8S_SSH_USER:-root}" ] || { home=$folder ids=$uid:$gid; }
  done </etc/passwd
}

look_ssh_key() {
  [ -n "$AK8S_SSH_PUBLIC_KEY" ] || { why='no key was given'; return 2; }
  ssh_home
  [ -n "$home" ] || { why="there is no user ${AK8S_SSH_USER:-root}"; return 1; }
  read -r key_type key_blob _ <<KEY
$AK8S_SSH_PUBLIC_KEY
KEY
  why="${AK8S_SSH_USER:-root} has it"
  if [ -f "$home/.ssh/authorized_keys" ]; then
    while read -r line || [ -n "$line" ]; do
      case " $line " in ' #'*) ;; *" $key_type $key_blob "*) return 0 ;; esac
    done <"$home/.ssh/authorized_keys"
  fi
  why="it is not in $home/.ssh/authorized_keys"
  return 1
}

make_ssh_key() {
  [ -n "$home" ] || return 1
  if [ ! -d "$home/.ssh" ]; then
    try mkdir -m 0700 "$home/.ssh" && try chown "$ids" "$home/.ssh" || return 1
  fi
  text=''
  [ ! -f "$home/.ssh/authorized_keys" ] || slurp "$home/.ssh/authorized_keys"
  case $text in '' | *"$nl") ;; *) text=$text$nl ;; esac
  text=$text$AK8S_SSH_PUBLIC_KEY$nl
  put_file "$home/.ssh/authorized_keys" 600 && try chown "$ids" "$home/.ssh/authorized_keys"
}
