# Part of shared.sh: the kubelet's service.

# conf_values: the last word of /etc/conf.d/kubelet for each respawn setting.
conf_values() {
  respawn_max='' respawn_delay='' respawn_period=''
  [ -f /etc/conf.d/kubelet ] || return 0
  while read -r line || [ -n "$line" ]; do
    line=${line#export }
    value=${line#*=} value=${value#[\"\']} value=${value%[\"\']}
    case $line in
      respawn_max=*) respawn_max=$value ;;
      respawn_delay=*) respawn_delay=$value ;;
      respawn_period=*) respawn_period=$value ;;
    esac
  done </etc/conf.d/kubelet
}

check_kubelet_service() {
  [ "$kubelet" != none ] || { why='kubelet is not there'; return 2; }
  [ -s /etc/init.d/kubelet ] || { why='there is no service kubelet'; return 1; }
  conf_values
  why='it is restarted after every crash'
  { [ "$respawn_max" = 0 ] && [ "$respawn_delay" = 5 ]; } || { why="respawn_max='$respawn_max' respawn_delay='$respawn_delay' in /etc/conf.d/kubelet, wanted 0 and 5"; return 1; }
  [ "$respawn_period" != 0 ] || { why='respawn_period=0 in /etc/conf.d/kubelet keeps the service from starting'; return 1; }
  [ -d /etc/kubernetes/manifests ] || { why='/etc/kubernetes/manifests is missing, and the kubelet complains every second'; return 1; }
  [ "$state" != finished ] || [ -e /etc/runlevels/default/kubelet ] || { why='kubelet is not in the default runlevel: it would not come back with the machine'; return 1; }
}

kubelet_service_text() {
  # shellcheck disable=SC2016 # words for OpenRC's shell, not for this one
  text='#!/sbin/openrc-run
# Written by alpine-k8s for a kubelet that came without a service; the same shape as in the package of Alpine.
supervisor=supervise-daemon
name=kubelet
description="Kubernetes node agent"

if [ -e /var/lib/kubelet/kubeadm-flags.env ]; then
	. /var/lib/kubelet/kubeadm-flags.env
fi

command='$(command -v kubelet)'
command_args="${command_args} ${KUBELET_KUBEADM_ARGS}"
pidfile=/run/kubelet.pid
output_log=/var/log/kubelet/kubelet.log
error_log=/var/log/kubelet/kubelet.log

depend() {
	after net
	want cgroups containerd
}

start_pre() {
	checkpath --directory --mode 0755 /var/log/kubelet /var/lib/kubelet
}
'
}

fix_kubelet_service() {
  [ -d /etc/kubernetes/manifests ] || try mkdir -p /etc/kubernetes/manifests || return 1
  conf=''
  if [ -f /etc/conf.d/kubelet ]; then
    while IFS= read -r line || [ -n "$line" ]; do
      case $line in
        respawn_max=* | respawn_delay=* | respawn_period=0 | respawn_period=[\"\']0*) ;;
        *) conf=$conf$line$nl ;;
      esac
    done </etc/conf.d/kubelet
  fi
  # No service, or settings that a power failure emptied.
  if [ ! -s /etc/conf.d/kubelet ] && { [ -e /etc/conf.d/kubelet ] || [ ! -s /etc/init.d/kubelet ]; }; then
    conf='command_args="--bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf --kubeconfig=/etc/kubernetes/kubelet.conf --config=/var/lib/kubelet/config.yaml"
'
  fi
  text="${conf}respawn_max=0
respawn_delay=5
"
  conf_values
  if [ "$respawn_max" != 0 ] || [ "$respawn_delay" != 5 ] || [ "$respawn_period" = 0 ] || [ ! -s /etc/init.d/kubelet ]; then
    put_file /etc/conf.d/kubelet 644 || return 1
  fi
  if [ ! -s /etc/init.d/kubelet ]; then
    kubelet_service_text
    put_file /etc/init.d/kubelet 755 && chmod 755 /etc/init.d/kubelet || return 1
  fi
  [ "$state" != finished ] || [ -e /etc/runlevels/default/kubelet ] || try rc-update add kubelet default
}
