#!/bin/sh
# Renews on a finished master what kubeadm can renew, and restarts what would not use it otherwise. Cut off at any moment
# and run again, it puts back what was there and does it anew. etcd's data are not touched. Variables, output and
# exit codes: docs/node-scripts.md
set -eu
script=certs
: "${AK8S_NODE_FQDN:=}"

. parts/common.sh
. parts/node-state.sh
. parts/kubelet.sh
. parts/api.sh
. parts/login.sh
. parts/static-pods.sh
. parts/virtual-address.sh

# What kubeadm renews, below /etc/kubernetes. The kubelet renews its own; CAs are never renewed.
files='admin.conf super-admin.conf controller-manager.conf scheduler.conf'
for name in apiserver apiserver-kubelet-client apiserver-etcd-client front-proxy-client etcd/server etcd/peer etcd/healthcheck-client; do
  files="$files pki/$name.crt pki/$name.key"
done
# The files as they were. While it is there, a renewal has begun and not ended. kubeadm reset takes it away with the rest.
saved=/etc/kubernetes/pki/alpine-k8s-renewal

# save: whole or not at all, on the disk before kubeadm writes, which it does without any care.
save() {
  rm -rf "$saved.new"
  mkdir -m 0700 "$saved.new" "$saved.new/pki" "$saved.new/pki/etcd" || return 1
  for file in $files; do
    [ ! -s "/etc/kubernetes/$file" ] || cp -p "/etc/kubernetes/$file" "$saved.new/$file" || return 1
  done
  sync
  mv "$saved.new" "$saved"
  sync
}

# put_back: every file that was saved, each whole or not at all.
put_back() {
  for file in $files; do
    if [ ! -s "$saved/$file" ] || cmp -s "$saved/$file" "/etc/kubernetes/$file"; then continue; fi
    cp -p "$saved/$file" "/etc/kubernetes/$file.ak8s" && mv -f "/etc/kubernetes/$file.ak8s" "/etc/kubernetes/$file" || return 1
  done
  sync
}

# forget: by a new name first. Half of it under the old one would be put back as if it were the whole.
forget() {
  rm -rf "$saved.new"
  mv "$saved" "$saved.new"
  sync
  rm -rf "$saved.new"
}

renew() {
  if [ -d "$saved" ]; then
    printf '%s\n' 'the last renewal on this node did not end; what was there before is put back first'
    put_back || give_up 10 'certificates' "they cannot be put back from $saved; is the disk full?"
  else
    save || give_up 10 'certificates' "they cannot be saved below $saved; is the disk full?"
  fi
  if ! try timeout 180 kubeadm certs renew all || grep -q "can't be renewed" "$tmp/out"; then
    slurp "$tmp/out"
    words=${text%"$nl"}
    put_back || give_up 10 'certificates' "they cannot be put back from $saved; is the disk full?"
    forget
    give_up 13 'kubeadm certs renew' "the certificates are as before: $words"
  fi
  sync
}

# wake: a program that crashed over and over, of an expired certificate for example, is waited with by the kubelet for up
# to five minutes; a new kubelet has forgotten that.
wake() {
  for program in $programs; do
    [ -e "/etc/kubernetes/manifests/$program.yaml" ] || continue
    look "$program"
    [ -z "$container" ] || continue
    service kubelet restart || warned kubelet "$trouble"
    break
  done
  kubelet_up "$AK8S_KUBELET_WAIT" || {
    kubelet_words
    give_up 16 'kubelet' "the certificates are renewed, and the kubelet that has to restart the control plane is not healthy: $words"
  }
}

# keep_api: etcd reads its files for each new connection (since 3.2), and so does the API for those to etcd and to
# kubelets; the certificate that it shows, and the one for aggregated APIs, it reads again when they change, at the latest
# after a minute (since Kubernetes 1.17). So both go on. An API that does not answer with the new files is restarted: the
# certificate that it showed had expired.
keep_api() {
  uptime_now
  deadline=$((uptime_seconds + 5))
  until timed api_answers 5; do
    uptime_now
    if [ "$uptime_seconds" -ge "$deadline" ]; then
      printf '%s\n' 'the API does not answer with the new certificates; it is restarted'
      replace kube-apiserver || :
      changed kube-apiserver
      break
    fi
    pause
  done
  wait_api 14 'the certificates are renewed, and the API does not answer'
}

# begin_anew PROGRAM...: they read their certificates only when they start. Both at once: either needs 5 s or more.
begin_anew() {
  for program; do
    [ -e "/etc/kubernetes/manifests/$program.yaml" ] || continue
    if replace "$program"; then resign "$program"; fi
  done
  for program; do
    [ -e "/etc/kubernetes/manifests/$program.yaml" ] || continue
    await "$program"
    changed "$program"
  done
}

# carrier_is_new: has the kubelet started the pod that carries the masters' address again?
carrier_is_new() {
  look_by_place "$carrier"
  [ -n "$container" ] && [ "$container" != "$was" ]
}

# renew_carrier: what carries the masters' address has read admin.conf when it began, with which it holds its lease, and would give
# the address up for good when that has expired. Another master takes the address over meanwhile. The certificates are renewed by
# now, so what fails here is a warning.
renew_carrier() {
  recorded_address
  { [ -n "$recorded" ] && [ -e "$virtual_pod" ]; } || return 0
  carrier=''
  while IFS= read -r line; do
    case $line in '  name: '*) carrier=${line#'  name: '}; break ;; esac
  done <"$virtual_pod"
  look_by_place "$carrier"
  [ -n "$sandbox" ] || return 0
  was=$container
  if ! try runtime stopp "$sandbox" || ! try runtime rmp "$sandbox"; then
    warned virtual-pod "it is not started again, and has the old admin.conf: $trouble"
    return 0
  fi
  changed virtual-pod
  uptime_now
  deadline=$((uptime_seconds + AK8S_API_WAIT))
  until timed carrier_is_new; do
    uptime_now
    [ "$uptime_seconds" -lt "$deadline" ] || { warned virtual-pod "the kubelet has not started it again within $AK8S_API_WAIT s"; break; }
    pause
  done
}

{ [ -n "$AK8S_CA_HASH" ] && [ -n "$AK8S_NODE_FQDN" ]; } || give_up 10 'certs.sh' 'AK8S_CA_HASH and AK8S_NODE_FQDN must be set'
node_state
[ "$state" != foreign ] || refuse_foreign
[ "$state $node_role" = 'finished master' ] || give_up 10 'role' "this node is $state, role $node_role; only a finished master has certificates that kubeadm renews"
for ca in ca front-proxy-ca etcd/ca; do
  if [ -s "/etc/kubernetes/pki/$ca.crt" ] && [ ! -s "/etc/kubernetes/pki/$ca.key" ]; then
    give_up 10 'CA' "the key /etc/kubernetes/pki/$ca.key is not on this master, and nothing can be signed without it; put it there for the time of the renewal"
  fi
done
renew
remember
changed certificates
wake
keep_api
begin_anew kube-controller-manager kube-scheduler
renew_carrier
put_login_config
forget
