# Part of shared.sh: proxy, its CA and ssh key.

check_proxy_ca() {
  wanted_ca='' given_ca='' bundle=''
  if [ -z "$AK8S_PROXY_CA_B64" ]; then
    why='none'
    [ ! -e "$proxy_ca_file" ] || { why="$proxy_ca_file is there, and no CA is asked for"; return 1; }
    return 0
  fi
  # BusyBox skips what is no base64.
  wanted_ca=$(printf '%s' "$AK8S_PROXY_CA_B64" | base64 -d 2>/dev/null) || wanted_ca=''
  [ -n "$wanted_ca" ] || { why='AK8S_PROXY_CA_B64 is not base64'; return 2; }
  why="$proxy_ca_file is not the one asked for"
  [ ! -f "$proxy_ca_file" ] || given_ca=$(cat "$proxy_ca_file")
  [ "$given_ca" = "$wanted_ca" ] || return 1
  why="$ca_bundle does not have it"
  [ ! -f "$ca_bundle" ] || bundle=$(cat "$ca_bundle")
  case $bundle in *"$wanted_ca"*) ;; *) return 1 ;; esac
  why='the node trusts it'
}

# fix_proxy_ca: the runtime reads the trusted CAs once, when it begins.
fix_proxy_ca() {
  if [ -n "$wanted_ca" ]; then trust_ca "$wanted_ca" || return 1; else distrust_ca || return 1; fi
  restart_runtime
}

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

check_proxy() {
  proxy_files
  why='none'
  [ -z "$block" ] || why='the runtime has it'
  [ "$block" = "$conf_block" ] || { why='/etc/conf.d/containerd has another proxy than asked for'; return 1; }
}

fix_proxy() {
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

check_ssh_key() {
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

fix_ssh_key() {
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
