# Part of master.sh, certs.sh and reset.sh: kubectl for whoever logs in to this master.

login_record=$marks/login-config

# login_config: $login_config is ~/.kube/config of whoever has logged in and become root here, or of root, and $ids his
# uid:gid; empty for a user without a home.
login_config() {
  login_home='' ids='' login_config=''
  while IFS=: read -r user _ uid gid _ folder _ || [ -n "$user" ]; do
    [ "$user" != "${SUDO_USER:-${DOAS_USER:-root}}" ] || login_home=$folder ids=$uid:$gid
  done </etc/passwd
  [ ! -d "$login_home" ] || login_config=$login_home/.kube/config
}

# is_ours: is it as we have written it? Whatever somebody has changed, or brought, is theirs.
is_ours() {
  [ -f "$login_record" ] && [ ! -L "$login_config" ] || return 1
  read -r ours_sum ours_path <"$login_record" || return 1
  sum=$(sha256sum <"$login_config" 2>/dev/null) || return 1
  [ "$ours_sum $ours_path" = "${sum%% *} $login_config" ]
}

# note_ours: what is there now is ours.
note_ours() {
  sum=$(sha256sum <"$login_config")
  text="${sum%% *} $login_config$nl"
  put_file "$login_record" 600
}

# put_login_config: kubeadm's admin.conf, for that user alone. It can do all, as can whoever may become root here.
put_login_config() {
  login_config
  { [ -n "$login_config" ] && [ -s "$admin" ]; } || return 0
  if cmp -s "$admin" "$login_config"; then
    is_ours || note_ours || warned login-config 'it cannot be noted as ours, so nobody will renew it'
    return 0
  fi
  if [ -e "$login_config" ] || [ -L "$login_config" ]; then
    is_ours || return 0
  fi
  if copy_login_config && note_ours; then
    changed login-config
  else
    warned login-config "$login_config cannot be written, so kubectl has no cluster there"
  fi
}

copy_login_config() {
  folder=${login_config%/*}
  [ -d "$folder" ] || { mkdir -m 0700 "$folder" && chown "$ids" "$folder"; } || return 1
  rm -f "$login_config.ak8s"
  (umask 077 && cat "$admin" >"$login_config.ak8s") || return 1
  chown "$ids" "$login_config.ak8s" && mv -f "$login_config.ak8s" "$login_config"
}

# forget_login_config: unless somebody has changed it.
forget_login_config() {
  login_config
  if [ -n "$login_config" ] && is_ours; then
    rm -f "$login_config"
    changed login-config
  fi
}
