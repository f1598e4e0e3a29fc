# Part of shared.sh and reset.sh: the CA of a proxy that intercepts TLS, among those that the node trusts.

proxy_ca_file=/usr/local/share/ca-certificates/alpine-k8s-proxy.crt
ca_bundle=/etc/ssl/certs/ca-certificates.crt

# trust_ca PEM: apk over https needs the CA in the bundle before it can install the program that makes the bundle. Where that
# cannot be had, the bundle is as we wrote it.
trust_ca() {
  text=$1$nl
  put_file "$proxy_ca_file" 644 || return 1
  if ! command -v update-ca-certificates >/dev/null; then
    put_bundle "$1" || return 1
    command -v apk >/dev/null || return 0
    apk_update
    apk_run add ca-certificates || return 0
    hash -r
  fi
  try update-ca-certificates
}

distrust_ca() {
  rm -f "$proxy_ca_file" || return 1
  put_bundle '' || return 1
  ! command -v update-ca-certificates >/dev/null || try update-ca-certificates
}

# put_bundle TEXT: the bundle with TEXT in our block, or without the block.
put_bundle() {
  text=''
  [ -n "$1" ] || [ -f "$ca_bundle" ] || return 0
  [ ! -f "$ca_bundle" ] || text=$(sed '/^# alpine-k8s begin$/,/^# alpine-k8s end$/d' "$ca_bundle")$nl
  [ -z "$1" ] || text="$text# alpine-k8s begin$nl$1$nl# alpine-k8s end$nl"
  put_file "$ca_bundle" 644
}
