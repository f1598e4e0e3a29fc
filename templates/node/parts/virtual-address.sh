# Part of shared.sh, virtual-address.sh, certs.sh and reset.sh: the address that one of the masters carries, and the kubelet's own pod
# that carries it.

virtual_pod=/etc/kubernetes/manifests/kube-vip.yaml
# The address of that pod. It is there before the pod and after it, until the address is off this node for sure.
virtual_record=$marks/virtual-address

# recorded_address: $recorded is the address that a pod of ours has carried here, or may have; empty without one.
recorded_address() {
  recorded=''
  [ ! -f "$virtual_record" ] || read -r recorded <"$virtual_record" || :
}

# card_of ADDRESS: $card is the network card that has it, with its prefix length in $card_address; 1 when none has.
card_of() {
  card='' card_address=''
  list=$(ip -o -4 addr show 2>/dev/null) || list=''
  while read -r _ name _ address _; do
    [ "${address%/*}" = "$1" ] || continue
    card=${name%%@*} card_address=$address
  done <<LIST
$list
LIST
  [ -n "$card" ]
}

# take_off ADDRESS SECONDS: the pod takes it off itself when it ends; what is left after that time is taken off here.
take_off() {
  uptime_now
  deadline=$((uptime_seconds + $2))
  while card_of "$1"; do
    uptime_now
    if [ "$uptime_seconds" -ge "$deadline" ]; then
      try ip addr del "$card_address" dev "$card" || { warned virtual-address "$1 is still on $card: $trouble"; return 1; }
      changed virtual-address
    else
      sleep 1
    fi
  done
}
