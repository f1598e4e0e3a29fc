# Part of master.sh: the certificates and keys that all masters share (kubeadm's "manual certificate distribution").

pki_files='ca.crt ca.key sa.key sa.pub front-proxy-ca.crt front-proxy-ca.key etcd/ca.crt etcd/ca.key'

# check_pki: they are whole and lie in this run's own folder in memory; nothing on the node is changed yet. Each is read
# out of the archive by its name: whatever else is in there, a link or a path to somewhere, is never made.
check_pki() {
  [ -n "$pki_b64" ] || give_up 10 'AK8S_PKI_B64' 'it must be set: a further master needs the certificates that all masters share'
  need_tmp
  umask 077
  mkdir "$tmp/pki" "$tmp/pki/etcd"
  printf '%s' "$pki_b64" | base64 -d >"$tmp/pki.tar" 2>/dev/null || give_up 10 'AK8S_PKI_B64' 'it is not base64'
  pki_b64=''
  tar -tf "$tmp/pki.tar" >/dev/null 2>&1 || give_up 10 'AK8S_PKI_B64' 'it is no tar archive, or was cut off'
  for name in $pki_files; do
    tar -xOf "$tmp/pki.tar" "$name" >"$tmp/pki/$name" 2>/dev/null || :
    grep -q '^-----END ' "$tmp/pki/$name" || give_up 10 'AK8S_PKI_B64' "$name is not in it, or not whole"
  done
  rm -f "$tmp/pki.tar"
  umask 022
  [ -z "$AK8S_CA_FINGERPRINT" ] || ca_is_ours "$tmp/pki/ca.crt" || give_up 10 'AK8S_PKI_B64' "its ca.crt is not this cluster's CA"
}

# put_pki: in their places, each whole or not at all, the CA's certificate first: by it a later run knows whose they are.
put_pki() {
  (umask 077 && mkdir -p /etc/kubernetes/pki/etcd)
  for name in $pki_files; do
    case $name in *.crt) mode=644 ;; *) mode=600 ;; esac
    slurp "$tmp/pki/$name"
    # An existing file would keep its mode.
    rm -f "/etc/kubernetes/pki/$name"
    put_file "/etc/kubernetes/pki/$name" "$mode" || give_up 10 "/etc/kubernetes/pki/$name" 'it cannot be written'
  done
  text=''
}
