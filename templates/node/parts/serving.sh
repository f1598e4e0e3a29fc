# Part of master.sh, minion.sh and serving.sh: the certificate that the kubelet shows, where it looks for one before it makes
# its own.

kubelet_pki=/var/lib/kubelet/pki
serving_pem=$kubelet_pki/kubelet-serving.pem

# check_serving: $text is what was given, whole; nothing on the node is changed yet.
check_serving() {
  text=$(printf '%s' "$serving_pem_b64" | base64 -d 2>/dev/null)$nl
  case $text in
    *'-----END CERTIFICATE-----'*'-----END '*'PRIVATE KEY-----'*) ;;
    *) give_up 10 'AK8S_SERVING_PEM_B64' 'it is no certificate with its key, or was cut off' ;;
  esac
}

# put_serving: certificate and key are one file, so that they are of one kind at any moment. Without any: the kubelet makes
# its own.
put_serving() {
  [ -n "$serving_pem_b64" ] || return 0
  check_serving
  [ -d "$kubelet_pki" ] || mkdir -p "$kubelet_pki" || give_up 10 "$kubelet_pki" 'it cannot be made'
  durable=yes
  put_file "$serving_pem" 600 || give_up 10 "$serving_pem" 'it cannot be written'
  durable='' text=''
  for name in kubelet.key kubelet.crt; do link_serving "$kubelet_pki/$name"; done
  sync
}

# link_serving FILE: a link in place of whatever is there, at once.
link_serving() {
  [ "$(readlink "$1")" != kubelet-serving.pem ] || return 0
  rm -f "$1.ak8s"
  { ln -s kubelet-serving.pem "$1.ak8s" && mv -f "$1.ak8s" "$1"; } || give_up 10 "$1" 'it cannot be written'
}

# whole_serving: a key of ours with a certificate of the kubelet's, as a power failure between the two links leaves them, would
# keep the kubelet from starting. Without both it makes its own.
whole_serving() {
  [ -L "$kubelet_pki/kubelet.key" ] && [ ! -L "$kubelet_pki/kubelet.crt" ] || return 0
  rm -f "$kubelet_pki/kubelet.crt" "$kubelet_pki/kubelet.key"
}
