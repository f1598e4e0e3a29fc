# Part of shared.sh: the clock.

look_clock() {
  [ -n "$AK8S_CLOCK_EPOCH" ] || { why='no time was given to compare with'; return 2; }
  clock_offset=$((clock_now - ${AK8S_CLOCK_EPOCH%%.*}))
  why="${clock_offset} s from the given time"
  [ "${clock_offset#-}" -gt "${AK8S_CLOCK_SLACK%%.*}" ] || return 0
  [ "${clock_offset#-}" -gt 30 ] || weight=warning
  why="the clock is $clock_offset s off, wanted at most $AK8S_CLOCK_SLACK s"
  return 1
}

make_clock() {
  uptime_now
  try date -s "@$((${AK8S_CLOCK_EPOCH%%.*} + uptime_seconds - uptime_start))" || return 1
  clock_now=${AK8S_CLOCK_EPOCH%%.*}
}
