#!/bin/sh
# Joins this node to its cluster as a minion: waits for the API, kubeadm join, once. A node that has joined is only looked
# after. Variables, output and exit codes: docs/node-scripts.md
set -eu
script=minion
: "${AK8S_KUBEADM_CONFIG_B64:=}" "${AK8S_TOKEN:=}" "${AK8S_SERVING_PEM_B64:=}"
# Taken out of the environment: no program started here inherits them.
token=$AK8S_TOKEN serving_pem_b64=$AK8S_SERVING_PEM_B64
unset AK8S_TOKEN AK8S_SERVING_PEM_B64

. parts/common.sh
. parts/node-state.sh
. parts/kubelet.sh
. parts/kubeadm-reset.sh
. parts/kubeadm.sh
. parts/serving.sh
. parts/join.sh

begin minion join
case $state in
  finished)
    kubelet_of_finished
    present join
    ;;
  *)
    ready_to_join
    [ "$state" != started ] || undo_started
    join minion join
    ;;
esac
