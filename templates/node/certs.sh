#!/bin/sh
# Renews on a finished master what kubeadm can renew, and restarts the control plane so that it is used. Cut off at any
# moment and run again, it puts back what was there and does it anew. etcd's data are not touched. Variables, output and
# exit codes: docs/node-scripts.md
set -eu
script=certs
: "${AK8S_NODE_FQDN:=}"

. parts/common.sh
. parts/node-state.sh
. parts/kubelet.sh
. parts/api.sh

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

runtime() { crictl --runtime-endpoint unix:///run/containerd/containerd.sock --timeout 10s "$@"; }

# container_of COMPONENT: $container is the id of the one that runs, or empty.
container_of() {
  container=$(runtime ps --quiet --label "io.kubernetes.pod.name=$1-$AK8S_NODE_FQDN" 2>/dev/null) || container=''
  container=${container%%"$nl"*}
}

# remember: $before has the containers that run and may still use the old files.
remember() {
  before=' '
  for component in etcd kube-apiserver kube-controller-manager kube-scheduler; do
    container_of "$component"
    before="$before$container "
  done
}

# is_new: $container was started after the renewal.
is_new() {
  case "$before" in *" $container "*) return 1 ;; esac
  [ -n "$container" ]
}

# restart COMPONENT: its container is stopped, and the kubelet starts another. The manifests stay where they are: nothing
# has to be put back when this is cut off. The controller manager and the scheduler end by themselves when the API is away
# too long; stopping them once more would only make the kubelet wait longer with each start.
restart() {
  [ -e "/etc/kubernetes/manifests/$1.yaml" ] || return 0
  container_of "$1"
  trouble=''
  [ -z "$container" ] || is_new || try runtime stop --timeout 30 "$container" || :
  uptime_now
  deadline=$((uptime_seconds + AK8S_API_WAIT))
  until is_new; do
    uptime_now
    [ "$uptime_seconds" -lt "$deadline" ] ||
      give_up 14 "$1" "renewed, but it did not come back within $AK8S_API_WAIT s${trouble:+ ($trouble)}; see 'crictl ps -a' and /var/log/pods; the next run continues"
    sleep 1
    container_of "$1"
  done
  changed "$1"
}

# wake: a component that crashed over and over, of an expired certificate for example, is waited with by the kubelet for
# up to five minutes; a new kubelet has forgotten that.
wake() {
  for component in etcd kube-apiserver kube-controller-manager kube-scheduler; do
    [ -e "/etc/kubernetes/manifests/$component.yaml" ] || continue
    container_of "$component"
    [ -z "$container" ] || continue
    service kubelet restart || warned kubelet "$trouble"
    break
  done
  kubelet_up "$AK8S_KUBELET_WAIT" || {
    kubelet_words
    give_up 16 'kubelet' "the certificates are renewed, and the kubelet that has to restart the control plane is not healthy: $words"
  }
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
for component in etcd kube-apiserver kube-controller-manager kube-scheduler; do restart "$component"; done
wait_api 14 'the certificates are renewed, and the API does not answer'
forget
