# Part of shared.sh: the clock.

check_clock() {
  [ -n "$AK8S_CLOCK_EPOCH" ] || { why='no time was given to compare with'; return 2; }
  right_time "$uptime_start"
  clock_offset=$((clock_now - right_seconds))
  why="${clock_offset} s from the right time"
  [ "${clock_offset#-}" -gt "${AK8S_CLOCK_SLACK%%.*}" ] || return 0
  [ "${clock_offset#-}" -gt 30 ] || weight=warning
  hosts_affair 'its clock is the one of the computer that it runs on, and is set there'
  why="the clock is $clock_offset s off, wanted at most $AK8S_CLOCK_SLACK s$affair"
  return 1
}

fix_clock() {
  [ -z "$container" ] || return 1
  uptime_now
  right_time "$uptime"
  try date -s "@$right_seconds" || return 1
  right_time "$uptime_start"
  clock_now=$right_seconds
}

# right_time UPTIME: $right_seconds is what the clock should show at that uptime, to the nearest second.
right_time() {
  hundredths "$1"
  right_seconds=$hundredths
  hundredths "${AK8S_CLOCK_UPTIME:-$uptime_start}"
  right_seconds=$((${AK8S_CLOCK_EPOCH%%.*} + (right_seconds - hundredths + 50) / 100))
}

# hundredths SECONDS: $hundredths of a number with two decimals, as in /proc/uptime.
hundredths() {
  # A leading 0 would make the decimals an octal number.
  hundredths=$((${1%.*} * 100 + 1${1#*.} - 100))
}
