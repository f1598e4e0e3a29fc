#!/bin/sh
# Makes a machine fit to be a Kubernetes node: looks at every condition of the table below, makes it so where it is not,
# looks again. AK8S_MODE=check only looks, and tells the facts of the node. Variables, output and exit codes:
# docs/node-scripts.md
set -eu
script=shared
: "${AK8S_MODE:=apply}" "${AK8S_NODE_NAME:=}" "${AK8S_NODE_FQDN:=}" "${AK8S_ROLE:=}" "${AK8S_NODE_ADDRESS:=}"
: "${AK8S_NODE_PREFIX:=}" "${AK8S_ADDRESS_OWNER:=user}" "${AK8S_ENDPOINT_NAME:=}" "${AK8S_ENDPOINT_ADDRESS:=}"
: "${AK8S_VIRTUAL_ADDRESS:=}"
: "${AK8S_KUBERNETES_VERSION:=}" "${AK8S_IMAGE_REPOSITORY:=}" "${AK8S_NAMESERVERS:=}"
: "${AK8S_ALLOW_CGROUP_V1:=}" "${AK8S_RESOLV_CONF:=/etc/resolv.conf}"
: "${AK8S_CLOCK_EPOCH:=}" "${AK8S_CLOCK_UPTIME:=}" "${AK8S_CLOCK_SLACK:=1}"
: "${AK8S_HTTP_PROXY:=}" "${AK8S_HTTPS_PROXY:=}" "${AK8S_NO_PROXY:=}" "${AK8S_PROXY_CA_B64:=}"
: "${AK8S_SSH_PUBLIC_KEY:=}" "${AK8S_SSH_USER:=root}"

. parts/common.sh
. parts/node-state.sh
. parts/kubelet.sh

# Every condition of a fit node, in the order in which they are checked and fixed. check_X answers 0 (holds),
# 1 (does not) or 2 (cannot be asked here) with words in $why, and may change $weight; fix_X makes it hold, or leaves
# its words in $trouble.
table='
address:fatal
hostname:fatal
hosts-own-name:fatal
hosts-endpoint:fatal
clock:fatal
proxy-ca:fatal
packages:fatal
kubernetes-version:fatal
boot-service:fatal
modules:fatal
sysctls:fatal
mounts-shared:fatal
bpffs:warning
cgroups:fatal
machine-id:fatal
product-uuid:warning
swap:fatal
cpus:fatal
memory:fatal
disk:fatal
ports:fatal
resolv-conf:warning
iptables-backend:warning
inotify:warning
cni-dirs:fatal
runtime-config:fatal
runtime:fatal
kubelet-service:fatal
proxy:fatal
ssh-key:fatal
'
runtime_socket=/run/containerd/containerd.sock
containerd_config=/etc/containerd/config.toml
modules_file=/etc/modules-load.d/alpine-k8s.conf
sysctl_file=/etc/sysctl.d/90-alpine-k8s.conf
boot_service=/etc/init.d/alpine-k8s-node
pause_file=$marks/pause-image
own_resolv_conf=$marks/resolv.conf
versions_file=$marks/versions

. parts/container.sh
. parts/address.sh
. parts/hosts-file.sh
. parts/names.sh
. parts/clock.sh
. parts/proxy-ca.sh
. parts/packages.sh
. parts/boot.sh
. parts/machine.sh
. parts/runtime-config.sh
. parts/runtime.sh
. parts/kubelet-service.sh
. parts/access.sh
. parts/api.sh
. parts/virtual-address.sh
. parts/facts.sh

# evaluate ID WEIGHT: checks, fixes, checks again, and says so.
evaluate() {
  id=$1 weight=$2 why='' trouble='' verdict=ok name=$1
  while :; do
    case $name in *-*) name=${name%%-*}_${name#*-} ;; *) break ;; esac
  done
  check=check_$name fix=fix_$name
  check_code=0
  "$check" || check_code=$?
  if [ "$check_code" = 1 ] && [ "$AK8S_MODE" = apply ] && [ -z "$refused" ] && command -v "$fix" >/dev/null; then
    if "$fix"; then trouble=''; fi
    weight=$2 why='' check_code=0 verdict=fixed
    "$check" || check_code=$?
  fi
  case $check_code in
    0) ;;
    2) verdict=skipped ;;
    *) verdict=unmet ;;
  esac
  [ -z "$trouble" ] || [ "$verdict" != unmet ] || why="$why ($trouble)"
  one_line "$why"
  printf 'condition %s %s %s %s\n' "$id" "$weight" "$verdict" "$line_text"
  account
}

# account: puts the verdict into the result, and remembers the code to end with.
account() {
  case $verdict in
    ok) present "$id" ;;
    fixed) changed "$id" ;;
    unmet)
      if [ "$weight" = warning ]; then
        warned "$id" "$line_text"
      else
        [ "$AK8S_MODE" = check ] || failed "$id" "$line_text"
        case $id in
          packages) unfit=12 refused=yes ;;
          kubernetes-version)
            [ -n "$refused" ] || unfit=15
            refused=yes
            ;;
          *) [ "$unfit" != 0 ] || unfit=10 ;;
        esac
      fi
      ;;
  esac
}

case $AK8S_MODE in
  apply | check) ;;
  *) give_up 10 'AK8S_MODE' "it is '$AK8S_MODE', wanted apply or check" ;;
esac
# Nothing is made so any more once the node was refused; the rest is only looked at.
refused='' unfit=0 api_asked=''
[ "$AK8S_MODE" != check ] || begin_api_fact
measures
if [ "$AK8S_MODE" = check ]; then
  facts
elif [ "$state" = foreign ]; then
  refuse_foreign
fi
for entry in $table; do evaluate "${entry%%:*}" "${entry#*:}"; done
[ "$AK8S_MODE" = check ] || keep_versions
[ "$AK8S_MODE" = check ] || [ -z "$changed_ids" ] || sync
[ "$AK8S_MODE" = check ] || exit "$unfit"
