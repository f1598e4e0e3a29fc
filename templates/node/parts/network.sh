# Part of master.sh: the network, and what waits for it: the second wave of its manifest and CoreDNS. Pods that start before
# the network is ready cost a failed sandbox and the wait for the next try.

rest_mark='# alpine-k8s: the rest waits for'
rest_file=$marks/network.rest
rest_left=''

# leave_rest: $rest_left when the rest is left until the network is ready. Where this script cannot apply the network, or the
# user says which phases kubeadm skips, kubeadm brings CoreDNS itself.
leave_rest() {
  rest_left=''
  rm -f "$rest_file"
  [ -n "$AK8S_NETWORK_MANIFEST" ] && [ -r "$AK8S_NETWORK_MANIFEST" ] && [ -n "$has_kubectl" ] || return 0
  grep -q "^$rest_mark" "$AK8S_NETWORK_MANIFEST" || return 0
  ! grep -Eq '^ *"?skipPhases"?:' "$tmp/kubeadm.yaml" || return 0
  text=yes$nl
  durable=yes
  put_file "$rest_file" 644 || give_up 10 "$rest_file" 'it cannot be written'
  durable=''
  rest_left=yes
}

# divide_network: $tmp/first.yaml and $tmp/rest.yaml, and in $awaited what must be ready between them.
divide_network() {
  need_tmp
  sed "/^$rest_mark/,\$d" "$AK8S_NETWORK_MANIFEST" >"$tmp/first.yaml"
  sed "1,/^$rest_mark/d" "$AK8S_NETWORK_MANIFEST" >"$tmp/rest.yaml"
  awaited=$(sed -n "s/^$rest_mark//p" "$AK8S_NETWORK_MANIFEST")
}

# apply_as_ours FILE: on the server's side, as `alpine-k8s up` does. The API of 1.20 panics when an APIService is applied so.
apply_as_ours() {
  case $AK8S_KUBERNETES_VERSION in
    v1.20.*) ! grep -q '^kind: APIService' "$1" || { cluster_kubectl apply -f "$1"; return; } ;;
  esac
  cluster_kubectl apply --server-side --force-conflicts --field-manager=alpine-k8s -f "$1"
}

# network_beside: applies the first wave as soon as the API takes it, while kubeadm goes on. What fails here is done, and
# told, by apply_network.
network_beside() {
  [ -n "$rest_left" ] || return 0
  divide_network
  (
    set +e
    until timed api_serves; do
      goes_on_beside || exit 1
      pause
    done
    until timed apply_as_ours "$tmp/first.yaml"; do
      goes_on_beside || exit 1
      pause
    done
    : >"$tmp/beside.done"
  ) </dev/null >/dev/null 2>&1 &
  beside=$!
}

# api_serves: ready, and not only listening: an attempt that fails costs more than a look.
api_serves() { api_listens && api_answers 5; }

# goes_on_beside: not when the script has ended, or waits for the last attempt.
goes_on_beside() { [ -d "$tmp" ] && [ ! -e "$tmp/beside.end" ]; }

# applied_beside: has it ended well? Waits for the attempt that is under way, and lets no other begin.
applied_beside() {
  [ -n "$rest_left" ] || return 1
  : >"$tmp/beside.end"
  wait "$beside" || :
  [ -e "$tmp/beside.done" ]
}

# kubectl_words: $kubectl_words is what kubectl complained about; $answer is `refused` when the manifest can never be
# applied, `unknown` when it lacks something that may still come (a CRD, a namespace), else `stalled`.
kubectl_words() {
  kubectl_words='' answer='' late=''
  while IFS= read -r line || [ -n "$line" ]; do
    case $line in
      '' | *' serverside-applied' | 'Warning: '*) continue ;;
      *'cannot allocate resources'* | *'error validating data: failed to '*) late=yes ;;
      *' is invalid: '* | *'(Invalid): '* | *'(BadRequest): '* | *'(RequestEntityTooLarge): '* | *'error parsing '* | \
        *'error converting YAML to JSON'* | *'no objects passed to apply'* | *'error validating data: '*' not set'* | \
        *'error validating data: '*'unknown '* | *'error validating data: '*'invalid type'* | *'ValidationError('*)
        answer=refused
        ;;
      *'no matches for kind '* | *'ensure CRDs are installed first'* | *'(NotFound): '* | *'(Forbidden): '* | \
        *'(MethodNotAllowed): '* | *'failed to create typed patch object'*) answer=${answer:-unknown} ;;
      *) late=yes ;;
    esac
    [ ${#kubectl_words} -gt 1000 ] || kubectl_words="$kubectl_words${kubectl_words:+$nl}$line"
  done <"$tmp/out"
  [ "$answer" = refused ] || [ -z "$late" ] || answer=stalled
  answer=${answer:-stalled}
  hidden "${kubectl_words:-kubectl says nothing}"
  kubectl_words=$shown
}

# apply_manifest WHAT FILE: until the API has taken all of it; stalls of the API are waited for, a manifest that it refuses
# is not.
apply_manifest() {
  what=$1
  uptime_now
  api_deadline=$((uptime_seconds + AK8S_API_WAIT)) unknown_deadline=''
  until try apply_as_ours "$2"; do
    kubectl_words
    uptime_now
    case $answer in
      refused) unknown_deadline=$uptime_seconds ;;
      unknown) unknown_deadline=${unknown_deadline:-$((uptime_seconds + AK8S_API_WAIT / 10))} ;;
      *) unknown_deadline='' ;;
    esac
    if [ -n "$unknown_deadline" ] && [ "$uptime_seconds" -ge "$unknown_deadline" ]; then
      give_up 18 "$what" "the API refuses the manifest: $kubectl_words"
    fi
    [ "$uptime_seconds" -lt "$api_deadline" ] || give_up 14 "$what" "the manifest could not be applied within $AK8S_API_WAIT s: $kubectl_words"
    sleep 3
  done
}

apply_network() {
  [ -n "$AK8S_NETWORK_MANIFEST" ] || return 0
  [ -r "$AK8S_NETWORK_MANIFEST" ] || give_up 10 'network' "the manifest $AK8S_NETWORK_MANIFEST is not on this node"
  sum=$(sha256sum "$AK8S_NETWORK_MANIFEST")
  sum=${sum%% *} applied=''
  [ ! -f "$marks/network.sha256" ] || read -r applied <"$marks/network.sha256" || :
  if [ "$sum" = "$applied" ]; then
    present network
    return 0
  fi
  if [ -z "$has_kubectl" ]; then
    warned network "no kubectl on this node; 'alpine-k8s up' applies the manifest through the API"
    return 0
  fi
  if [ ! -e "$rest_file" ]; then
    apply_manifest network "$AK8S_NETWORK_MANIFEST"
  elif ! applied_beside; then
    divide_network
    apply_manifest network "$tmp/first.yaml"
  fi
  text=$sum$nl
  put_file "$marks/network.sha256" 644
  changed network
}

# network_ready: does every node of the cluster serve pods, and this one for sure? A node's flannel says so in the node's
# annotations; of other networks the DaemonSets are asked. $own_ready is `yes` when at least this node does.
network_ready() {
  own_ready=''
  template='{range .items[*]}{.metadata.name}{"|"}{.status.conditions[?(@.type=="Ready")].status}{"|"}{.metadata.annotations.flannel\.alpha\.coreos\.com/public-ip}{"\n"}{end}'
  all_nodes=$(cluster_kubectl get nodes -o "jsonpath=$template" 2>/dev/null) || return 1
  all_ready=yes
  while IFS='|' read -r node_name node_ready node_flannel; do
    serves=$node_ready
    case " $awaited " in *' flannel '*) [ -n "$node_flannel" ] || serves='' ;; esac
    if [ "$serves" != True ]; then
      all_ready=''
    elif [ "$node_name" = "$AK8S_NODE_FQDN" ]; then
      own_ready=yes
    fi
  done <<END
$all_nodes
END
  [ -n "$own_ready" ] || return 1
  for one in $awaited; do
    case $one in */*) ;; *) continue ;; esac
    case $(cluster_kubectl -n "${one%%/*}" rollout status "daemonset/${one#*/}" --watch=false 2>/dev/null) in
      *'successfully rolled out'*) ;;
      *)
        own_ready=''
        return 1
        ;;
    esac
  done
  [ -n "$all_ready" ]
}

# wait_network: within AK8S_NETWORK_WAIT seconds, and for other nodes than this one 30. What comes then comes in any case:
# pods wait for a network, too.
wait_network() {
  printf '%s\n' 'waiting for the network'
  uptime_now
  network_deadline=$((uptime_seconds + AK8S_NETWORK_WAIT)) others_deadline=''
  until timed network_ready; do
    uptime_now
    [ -z "$own_ready" ] || others_deadline=${others_deadline:-$((uptime_seconds + 30))}
    [ "$uptime_seconds" -lt "${others_deadline:-$network_deadline}" ] || break
    pause
  done
}

# bring_rest: what leave_rest left. With AK8S_NETWORK_WAIT=0 it stays left for another run.
bring_rest() {
  if [ ! -e "$rest_file" ]; then
    present dns
    return 0
  fi
  [ "$AK8S_NETWORK_WAIT" != 0 ] || return 0
  [ -e "${tmp:-/nowhere}/kubeadm.yaml" ] || kubeadm_config
  if [ -n "$AK8S_NETWORK_MANIFEST" ]; then
    divide_network
    wait_network
    [ ! -s "$tmp/rest.yaml" ] || apply_manifest network "$tmp/rest.yaml"
  fi
  uptime_now
  rest_deadline=$((uptime_seconds + AK8S_API_WAIT / 10))
  while :; do
    run_kubeadm init phase addon coredns --config "$tmp/kubeadm.yaml"
    [ "$kubeadm_code" != 0 ] || break
    # The API is away for a moment while another master joins.
    uptime_now
    [ "$uptime_seconds" -lt "$rest_deadline" ] || kubeadm_failed 'kubeadm init phase addon coredns'
    sleep 2
  done
  rm -f "$rest_file"
  changed dns
}

# apply_addons: what there is besides the network, for plain Vagrant; `alpine-k8s up` applies it from outside.
apply_addons() {
  [ -n "$AK8S_ADDONS_MANIFEST" ] && [ -n "$has_kubectl" ] || return 0
  [ -r "$AK8S_ADDONS_MANIFEST" ] || give_up 10 'add-ons' "the manifest $AK8S_ADDONS_MANIFEST is not on this node"
  sum=$(sha256sum "$AK8S_ADDONS_MANIFEST")
  sum=${sum%% *} applied=''
  [ ! -f "$marks/addons.sha256" ] || read -r applied <"$marks/addons.sha256" || :
  if [ "$sum" = "$applied" ]; then
    present add-ons
    return 0
  fi
  apply_manifest add-ons "$AK8S_ADDONS_MANIFEST"
  text=$sum$nl
  put_file "$marks/addons.sha256" 644
  changed add-ons
}
