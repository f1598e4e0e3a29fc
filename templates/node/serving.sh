#!/bin/sh
# Gives the kubelet of a node that has joined another certificate to show, and starts it again; pods go on. Cut off at any
# moment and run again, it does all of it anew. Variables, output and exit codes: docs/node-scripts.md
set -eu
script=serving
: "${AK8S_SERVING_PEM_B64:=}"
# Taken out of the environment: no program started here inherits it.
serving_pem_b64=$AK8S_SERVING_PEM_B64
unset AK8S_SERVING_PEM_B64

. parts/common.sh
. parts/node-state.sh
. parts/kubelet.sh
. parts/serving.sh

{ [ -n "$AK8S_CA_HASH" ] && [ -n "$serving_pem_b64" ]; } || give_up 10 'serving.sh' 'AK8S_CA_HASH and AK8S_SERVING_PEM_B64 must be set'
node_state
[ "$state" != foreign ] || refuse_foreign
[ "$state" = finished ] || give_up 10 'role' "this node is $state, role $node_role; only one that has joined gets another certificate"
check_serving
# It reads the certificate when it starts: while it is stopped, it cannot be taken for one that has read the new one.
service kubelet stop || give_up 10 'kubelet' "$trouble"
put_serving
kubelet_up "$AK8S_KUBELET_WAIT" || {
  kubelet_words
  give_up 16 'kubelet' "it has its new certificate and is not healthy: $words"
}
changed kubelet-certificate
