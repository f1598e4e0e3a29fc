#!/bin/sh
# The yardstick: how an experienced administrator brings up one master and its minions by hand, with what can be done side
# by side done so: ssh, kubeadm, kubectl, no trick. It stays as it is, whatever `up` learns.
# plain.sh KEY NETWORK_MANIFEST FOLDER MASTER_ADDRESS… -- MINION_ADDRESS…
# Leaves admin.conf in FOLDER; ends when CoreDNS is available.
set -eu
key=$1 network=$2 folder=$3
shift 3
masters='' minions='' side=masters
for word in "$@"; do
  case $word in
    --) side=minions ;;
    *) if [ $side = masters ]; then masters="$masters $word"; else minions="$minions $word"; fi ;;
  esac
done
master=${masters# }
master=${master%% *}
token=abcdef.0123456789abcdef
config=$folder/admin.conf

# on ADDRESS: runs the script on standard input there as root; one connection a node serves all.
on() {
  ssh -i "$key" -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR \
    -o ControlMaster=auto -o ControlPersist=60 -o "ControlPath=$folder/%h" "vagrant@$1" sudo sh -eu
}

# together ADDRESS…: the script on standard input on all of them at once.
together() {
  cat >"$folder/script"
  pids=''
  for address in "$@"; do
    on "$address" <"$folder/script" &
    pids="$pids $!"
  done
  for pid in $pids; do wait "$pid"; done
}

# shellcheck disable=SC2086 # addresses are words
together $masters $minions <<END
mount --make-rshared /
sysctl -qw net.ipv4.ip_forward=1
address=\$(ip -4 -o address show dev eth0 | awk '{ print \$4; exit }' | cut -d/ -f1)
name=node-\$(echo "\$address" | tr . -)
hostname "\$name"
grep -qw localhost /etc/hosts || echo '127.0.0.1 localhost' >>/etc/hosts
echo "\$address \$name" >>/etc/hosts
echo '$master api.plain.example.com' >>/etc/hosts
pause=\$(kubeadm config images list --kubernetes-version v1.20.2 2>/dev/null | grep pause)
sed -i "/grpc.v1.cri\"\]/a sandbox_image = \"\$pause\"" /etc/containerd/config.toml
rc-service -q containerd start
rc-update -q add containerd default
rc-update -q add kubelet default
until crictl --runtime-endpoint unix:///run/containerd/containerd.sock info >/dev/null 2>&1; do sleep 0.2; done
END

on "$master" <<END
cat >/root/init.yaml <<CONFIG
apiVersion: kubeadm.k8s.io/v1beta2
kind: InitConfiguration
bootstrapTokens: [{ token: $token }]
localAPIEndpoint: { advertiseAddress: $master }
nodeRegistration:
  criSocket: unix:///run/containerd/containerd.sock
  kubeletExtraArgs: { node-ip: $master }
---
apiVersion: kubeadm.k8s.io/v1beta2
kind: ClusterConfiguration
kubernetesVersion: v1.20.2
controlPlaneEndpoint: api.plain.example.com:6443
networking: { podSubnet: 10.244.0.0/16 }
---
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
cgroupDriver: cgroupfs
---
apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
conntrack: { maxPerCore: 0 }
CONFIG
setsid kubeadm init --config /root/init.yaml --ignore-preflight-errors=all --skip-token-print >/root/init.log 2>&1 || {
  tail -n 20 /root/init.log >&2
  exit 1
}
END

echo 'cat /etc/kubernetes/admin.conf' | on "$master" | sed "s/api\\.plain\\.example\\.com/$master/" >"$config"
kubectl --kubeconfig "$config" apply -f "$network" >"$folder/network.log" &
network_pid=$!

hash=$(echo "sed -n 's/.*--discovery-token-ca-cert-hash //p' /root/init.log" | on "$master" | head -n 1)
join="kubeadm join api.plain.example.com:6443 --token $token --discovery-token-ca-cert-hash ${hash%% *}"
join="$join --ignore-preflight-errors=all --cri-socket unix:///run/containerd/containerd.sock"

# Further masters one after the other, as etcd takes them; with their copies of what all masters share.
for address in $masters; do
  [ "$address" != "$master" ] || continue
  echo 'tar -C /etc/kubernetes/pki -cf - ca.crt ca.key sa.key sa.pub front-proxy-ca.crt front-proxy-ca.key etcd/ca.crt etcd/ca.key | base64' |
    on "$master" >"$folder/pki"
  {
    printf 'mkdir -p /etc/kubernetes/pki; base64 -d <<END | tar -C /etc/kubernetes/pki -xf -\n'
    cat "$folder/pki"
    printf 'END\nsetsid %s --control-plane --apiserver-advertise-address %s >/root/join.log 2>&1\n' "$join" "$address"
  } | on "$address"
done
[ -z "$minions" ] || echo "setsid $join >/root/join.log 2>&1" >"$folder/join"
# shellcheck disable=SC2086 # addresses are words
[ -z "$minions" ] || together $minions <"$folder/join"
wait "$network_pid"
# shellcheck disable=SC2086 # addresses are words
set -- $masters $minions
until [ "$(kubectl --kubeconfig "$config" get nodes --no-headers 2>/dev/null | grep -c ' Ready ')" = $# ]; do sleep 0.5; done
kubectl --kubeconfig "$config" -n kube-system rollout status deployment/coredns >/dev/null
