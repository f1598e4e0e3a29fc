# Part of every script: the kubelet, looked at and waited for.

# kubelet_look: $kubelet_state is started, stopped, crashed or none (no service).
kubelet_look() {
  kubelet_state=none
  [ -e /etc/init.d/kubelet ] || return 0
  kubelet_state=stopped
  # OpenRC's own book saves running its shell for a service that is not started.
  if [ -d /run/openrc/started ] && [ ! -e /run/openrc/started/kubelet ]; then
    [ ! -e /run/openrc/failed/kubelet ] || kubelet_state=crashed
    return 0
  fi
  if rc-service kubelet status >/dev/null 2>&1; then status_code=0; else status_code=$?; fi
  case $status_code in
    0) kubelet_state=started ;;
    32) kubelet_state=crashed ;;
  esac
}

# kubelet_healthy: does it say ok? Else $health has its words. Under timeout, for wget -T of BusyBox 1.35 crashes.
kubelet_healthy() {
  health=$(timeout 3 wget -q -O - http://127.0.0.1:10248/healthz 2>&1) || health=${health:-no answer}
  [ "$health" = ok ]
}

# kubelet_up SECONDS: started and healthy within that time; a stopped or crashed one is started, once in five seconds.
kubelet_up() {
  uptime_now
  kubelet_deadline=$((uptime_seconds + $1))
  kubelet_turn=0
  while :; do
    if kubelet_healthy; then
      [ "$kubelet_turn" -gt 0 ] || kubelet_look
      [ "$kubelet_state" != started ] || return 0
    fi
    if [ $((kubelet_turn % 5)) -eq 0 ]; then
      kubelet_look
      case $kubelet_state in
        none) return 1 ;;
        crashed) service kubelet zap || : ;;
      esac
      if [ "$kubelet_state" != started ]; then
        service kubelet start || :
        kubelet_look
      fi
    fi
    uptime_now
    [ "$uptime_seconds" -lt "$kubelet_deadline" ] || return 1
    [ "$kubelet_turn" != 3 ] || printf '%s\n' "waiting for the kubelet, at most $1 s (service $kubelet_state, healthz: $health)"
    kubelet_turn=$((kubelet_turn + 1))
    sleep 1
  done
}

# kubelet_words: $words for a kubelet that is not up, with the last lines of its log. One that gives up writes its usage or
# the stacks of all its threads behind its reason: then the lines with the reason.
kubelet_words() {
  words="service $kubelet_state, healthz: ${health:-not asked}"
  log=/var/log/kubelet/kubelet.log
  if [ -s "$log" ]; then
    fatal=$(tail -n 5000 "$log" | grep -E '^F[0-9][0-9][0-9][0-9] |"command failed"|failed to run Kubelet|Failed to start ContainerManager|client certificate .*is expired' | tail -n 2)
    words="$words; last lines of $log: ${fatal:-$(tail -n 4 "$log")}"
  fi
}
