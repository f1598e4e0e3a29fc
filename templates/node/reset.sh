#!/bin/sh
# Takes this node out of its cluster and removes what shared.sh, master.sh and minion.sh made: kubeadm reset, markers, boot
# service, the endpoint's name, network leftovers. Packages, the host name and the addresses stay. Only for nodes of our CA.
# Variables, output and exit codes: docs/node-scripts.md
set -eu
script=reset
: "${AK8S_ENDPOINT_NAME:=}"

. parts/common.sh
. parts/node-state.sh
. parts/kubelet.sh
. parts/kubeadm-reset.sh
. parts/proxy-ca.sh
. parts/login.sh
. parts/virtual-address.sh

# gone ID PATH…: removes what is there, and says so.
gone() {
  id=$1 there=''
  shift
  for path in "$@"; do
    { [ -e "$path" ] || [ -L "$path" ]; } || continue
    wipe "$path"
    there=yes
  done
  [ -z "$there" ] || changed "$id"
}

leave_runlevel() {
  [ -e "/etc/runlevels/$2/$1" ] || return 0
  try rc-update del "$1" "$2" || warned "$1" "$trouble"
  changed "$1-runlevel"
}

# half_done: from here on a minion is one whose join was cut off: should this reset be, too, it can join anew as well as be
# reset. Never a master, whose data would be lost by that.
half_done() {
  [ "$state" = finished ] && [ "$node_role" = minion ] || return 0
  text=$AK8S_CA_HASH$nl
  durable=yes
  put_file "$marks/join.started" 644 || give_up 10 "$marks/join.started" 'it cannot be written'
  durable=''
  rm -f "$marks/join.finished"
  sync
}

# end_etcd: kubeadm empties etcd's data before it stops the kubelet, and the first master's etcd, started again without
# data, would begin a new cluster beside the others'.
end_etcd() {
  if [ -e /etc/init.d/kubelet ]; then
    kubelet_look
    [ "$kubelet_state" = stopped ] || service kubelet stop || give_up 10 'kubelet' "$trouble"
  fi
  rm -f /etc/kubernetes/manifests/etcd.yaml
  sync
}

# reset_kubeadm: stops everything of the cluster on this node and empties kubeadm's folders.
reset_kubeadm() {
  [ "$state" != clean ] || return 0
  [ "$node_role" != master ] || end_etcd
  if command -v kubeadm >/dev/null; then
    kubeadm_reset || warned kubeadm "$trouble"
  fi
  if [ -e /etc/init.d/kubelet ]; then
    kubelet_look
    [ "$kubelet_state" = stopped ] || service kubelet stop || warned kubelet "$trouble"
  fi
  gone kubernetes-files /etc/kubernetes/pki /etc/kubernetes/*.conf /etc/kubernetes/manifests/*.yaml \
    /var/lib/kubelet/config.yaml /var/lib/kubelet/kubeadm-flags.env /var/lib/kubelet/pki/kubelet-serving.pem \
    /var/lib/kubelet/pki/kubelet.key /var/lib/kubelet/pki/kubelet.crt /var/lib/etcd
  changed kubeadm-reset
}

forget_endpoint() {
  [ -n "$AK8S_ENDPOINT_NAME" ] && [ -f /etc/hosts ] || return 0
  text='' found=''
  while IFS= read -r line || [ -n "$line" ]; do
    kept='' hit=''
    case $line in
      '#'*) ;;
      *)
        for word in ${line%%#*}; do
          if [ "$word" = "$AK8S_ENDPOINT_NAME" ]; then hit=yes; else kept="$kept${kept:+ }$word"; fi
        done
        ;;
    esac
    if [ -z "$hit" ]; then
      text=$text$line$nl
    else
      found=yes
      case $kept in *' '*) text=$text$kept$nl ;; esac
    fi
  done </etc/hosts
  [ -n "$found" ] || return 0
  put_file /etc/hosts 644
  changed hosts-endpoint
}

# forget_proxy: our block in the runtime's settings.
forget_proxy() {
  [ -f /etc/conf.d/containerd ] || return 0
  text='' inside='' found=''
  while IFS= read -r line || [ -n "$line" ]; do
    [ "$line" != '# alpine-k8s proxy begin' ] || inside=yes found=yes
    [ -n "$inside" ] || text=$text$line$nl
    [ "$line" != '# alpine-k8s proxy end' ] || inside=''
  done </etc/conf.d/containerd
  [ -n "$found" ] || return 0
  put_file /etc/conf.d/containerd 644
  changed proxy
  restart=yes
}

forget_proxy_ca() {
  [ -e "$proxy_ca_file" ] || return 0
  distrust_ca || warned proxy-ca "$trouble"
  changed proxy-ca
  restart=yes
}

# restart_runtime: one that runs has our proxy in its environment, and read the trusted CAs when it began.
restart_runtime() {
  [ -n "$restart" ] && [ -S /run/containerd/containerd.sock ] && [ -e /etc/init.d/containerd ] || return 0
  service containerd restart || warned runtime "$trouble"
}

# remove_links: the network cards that network add-ons made.
remove_links() {
  for card in /sys/class/net/cni0 /sys/class/net/flannel* /sys/class/net/cali* /sys/class/net/vxlan.calico \
    /sys/class/net/vxlan-v6.calico /sys/class/net/kube-ipvs0; do
    [ -e "$card" ] || continue
    try ip link del "${card##*/}" || warned "link-${card##*/}" "$trouble"
    changed "link-${card##*/}"
  done
}

# remove_rules SAVE RESTORE: takes out every chain and rule of Kubernetes and its networks; all others are put back as
# they were.
remove_rules() {
  command -v "$1" >/dev/null && command -v "$2" >/dev/null || return 0
  need_tmp
  "$1" >"$tmp/rules" 2>/dev/null || return 0
  pattern='KUBE-|CNI-|cali[-+:]|FLANNEL-'
  grep -qE "$pattern" "$tmp/rules" || return 0
  grep -vE "$pattern" "$tmp/rules" >"$tmp/rules.kept" || :
  if "$2" <"$tmp/rules.kept" >"$tmp/out" 2>&1; then
    changed "$2"
  else
    slurp "$tmp/out"
    warned "$2" "$text"
  fi
}

[ -n "$AK8S_CA_HASH" ] || give_up 10 'reset.sh' 'AK8S_CA_HASH must be set: only nodes of that cluster are reset'
node_state
[ "$state" != foreign ] || refuse_foreign
half_done
gone virtual-pod "$virtual_pod"
reset_kubeadm
# Another master carries the address by now: kubeadm reset has ended the pod without asking it to take it off.
recorded_address
[ -z "$recorded" ] || take_off "$recorded" 0 || :
leave_runlevel kubelet default
leave_runlevel alpine-k8s-node boot
gone boot-service /etc/init.d/alpine-k8s-node /etc/modules-load.d/alpine-k8s.conf /etc/sysctl.d/90-alpine-k8s.conf
gone cni-files /etc/cni/net.d/10-flannel.conflist /etc/cni/net.d/10-canal.conflist /etc/cni/net.d/10-calico.conflist \
  /etc/cni/net.d/calico-kubeconfig /etc/cni/net.d/calico-tls /var/lib/cni /run/flannel
remove_links
remove_rules iptables-save iptables-restore
remove_rules ip6tables-save ip6tables-restore
forget_endpoint
forget_login_config
restart=''
forget_proxy
forget_proxy_ca
restart_runtime
# Last: as long as they are here, a reset that was cut off can be done again.
gone markers $marks/addons.sha256 $marks/network.sha256 $marks/network.yaml $marks/pause-image $marks/init.finished \
  $marks/join-master.finished $marks/join.finished $marks/init.started $marks/join-master.started $marks/join.started \
  $login_record $virtual_record $marks/hosts $marks/resolv.conf $marks/versions $marks/*.ak8s /etc/hosts.ak8s /etc/containerd/config.toml.ak8s-try
[ -n "$changed_ids" ] || present clean
