# Part of every script: paths, the result line, folders in memory, files, services.

: "${AK8S_CA_HASH:=}" "${AK8S_CA_FINGERPRINT:=}" "${AK8S_API_WAIT:=300}" "${AK8S_KUBELET_WAIT:=120}" "${AK8S_IGNORE_PREFLIGHT:=}"
PATH=${PATH:+$PATH:}/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export PATH
# Nothing here talks through a proxy but apk and the runtime, and those get it from AK8S_*.
unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY all_proxy ALL_PROXY
cd /
umask 022
nl='
'
tab='	'
marks=/etc/alpine-k8s
tmp=
durable=
changed_ids='' present_ids='' warning_texts='' failed_texts=''

# one_line TEXT: $line_text is TEXT with line ends and tabs made blanks.
one_line() {
  line_text=$1
  while :; do
    case $line_text in
      *"$nl"*) line_text="${line_text%%"$nl"*}; ${line_text#*"$nl"}" ;;
      *"$tab"*) line_text="${line_text%%"$tab"*} ${line_text#*"$tab"}" ;;
      *) break ;;
    esac
  done
  case $line_text in
    *[[:cntrl:]]*) line_text=$(printf '%s' "$line_text" | tr -d '\000-\037\177') ;;
  esac
}

# json_text TEXT: $json is TEXT as a JSON string.
json_text() {
  one_line "$1"
  json='' rest=$line_text
  while :; do
    case $rest in
      *[\\\"]*)
        head=${rest%%[\\\"]*}
        rest=${rest#"$head"}
        case $rest in
          \\*) json="$json$head\\\\" ;;
          *) json="$json$head\\\"" ;;
        esac
        rest=${rest#?}
        ;;
      *) break ;;
    esac
  done
  json="\"$json$rest\""
}
changed() { json_text "$1"; changed_ids="${changed_ids:+$changed_ids,}$json"; }
present() { json_text "$1"; present_ids="${present_ids:+$present_ids,}$json"; }
warned() { json_text "$1: $2"; warning_texts="${warning_texts:+$warning_texts,}$json"; }
failed() {
  json_text "$1: $2"
  failed_texts="${failed_texts:+$failed_texts,}$json"
  one_line "$1: $2"
  printf 'alpine-k8s: %s\n' "$line_text" >&2
}
# give_up CODE WHAT WHY: says it and ends.
give_up() {
  failed "$2" "$3"
  exit "$1"
}

# remove_own FOLDER: removes a run's own folder. Twice, for what was just being started may put a file there meanwhile.
remove_own() { rm -rf "$1" 2>/dev/null || rm -rf "$1" || :; }

finish() {
  code=$?
  trap - EXIT
  trap '' TERM INT HUP
  if [ -n "$tmp" ]; then
    pid=''
    read -r pid 2>/dev/null <"$tmp/pid" || :
    [ -z "$pid" ] || kill "$pid" 2>/dev/null || :
    remove_own "$tmp"
  fi
  [ -z "${containerd_config:-}" ] || rm -f "$containerd_config.ak8s-try"
  if [ "$code" -ne 0 ] && [ -z "$failed_texts" ]; then
    failed "$script.sh" "ended early with code $code"
  fi
  printf '@alpine-k8s {"script":"%s","changed":[%s],"present":[%s],"warnings":[%s],"failed":[%s]}\n' \
    "$script" "$changed_ids" "$present_ids" "$warning_texts" "$failed_texts"
  exit "$code"
}
trap finish EXIT
trap 'exit 143' TERM
trap 'exit 130' INT
trap 'exit 129' HUP

# need_tmp: $tmp is a folder of this run's own, 0700, in memory, gone when the script ends.
need_tmp() {
  [ -z "$tmp" ] || return 0
  # Named before it is made: a signal in between leaves nothing.
  tmp=/run/alpine-k8s.$$
  mkdir_words=$(mkdir -m 0700 "$tmp" 2>&1) || give_up 10 "$tmp" "${mkdir_words:-it cannot be made}"
  started_at $$
  printf '%s\n' "$ticks" >"$tmp/started"
}

# started_at PID: $ticks is when the process began (proc(5)); empty when there is none, or it has ended and is a zombie.
started_at() {
  ticks='' process_state=''
  read -r stat_line 2>/dev/null <"/proc/$1/stat" || return 0
  # Behind the name, which may hold anything, the state comes first and the start as the twentieth.
  read -r process_state _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ ticks _ <<END
${stat_line##*) }
END
  [ "$process_state" != Z ] || ticks=''
}

# runs FOLDER: whether the script whose folder that is still runs, and is not another process under its number.
runs() {
  [ "${1##*.}" != "$$" ] || return 1
  started_at "${1##*.}"
  [ -n "$ticks" ] || return 1
  began=$ticks
  read -r began 2>/dev/null <"$1/started" || :
  [ "$began" = "$ticks" ]
}

# sweep: such folders of scripts that were killed, for there may be a token in them.
sweep() {
  for left in /run/alpine-k8s.*; do
    case ${left##*.} in '' | *[!0-9]*) continue ;; esac
    runs "$left" || remove_own "$left"
  done
}
sweep

# try COMMAND…: runs it quietly; on failure 1, and $trouble is its last line. The output goes to a file because a
# daemon started by it may keep a pipe open for ever.
try() {
  need_tmp
  trouble=''
  if "$@" >"$tmp/out" 2>&1 </dev/null; then return 0; else try_code=$?; fi
  while IFS= read -r try_line || [ -n "$try_line" ]; do
    case $try_line in *[!\ ]*) trouble=$try_line ;; esac
  done <"$tmp/out"
  trouble="$1 ${2:-} failed (code $try_code)${trouble:+: $trouble}"
  return 1
}

# service NAME VERB: rc-service, in a session of its own: the daemons that it starts stay in the process group of its
# caller, and ours may be ended as a whole.
service() {
  try in_session rc-service "$@" || { trouble="rc-service $1 $2${trouble#in_session rc-service}"; return 1; }
}

# in_session COMMAND…: no signal to our group reaches it, and `wait`, unlike a command in the foreground, lets a trap
# run at once.
in_session() {
  setsid "$@" &
  wait $!
}

# slurp FILE: $text is the file, byte for byte.
slurp() {
  text=''
  while IFS= read -r slurp_line; do text=$text$slurp_line$nl; done <"$1"
  text=$text$slurp_line
}

# put_file FILE MODE: the file becomes $text, whole or not at all, with $durable also when the power fails; an existing
# file keeps its mode, and a link stays one: what it leads to is written.
put_file() {
  put_path=$1
  if [ -L "$1" ]; then
    put_path=$(readlink -f "$1") || { trouble="$1 is a link that leads nowhere"; return 1; }
  fi
  [ -d "${put_path%/*}" ] || mkdir -p "${put_path%/*}" || return 1
  if [ -f "$put_path" ]; then
    cp -p "$put_path" "$put_path.ak8s" || return 1
  else
    : >"$put_path.ak8s" && chmod "$2" "$put_path.ak8s" || return 1
  fi
  printf '%s' "$text" >"$put_path.ak8s" || return 1
  # A name that is on the disk before its content would be an empty file after a power failure.
  [ -z "$durable" ] || sync
  # A bind-mounted file (/etc/hosts of a container) cannot be renamed over.
  mv -f "$put_path.ak8s" "$put_path" 2>/dev/null || { cp "$put_path.ak8s" "$put_path" && rm -f "$put_path.ak8s"; }
}

# wipe PATH: removes it with all that is in it; a mount point stays, empty.
wipe() {
  rm -rf "$1" 2>/dev/null || [ -z "$(ls -A "$1")" ] || rm -rf "$1"
}

# uptime_now: $uptime with two decimals and $uptime_seconds without, from a clock that nobody steps.
uptime_now() {
  read -r uptime _ </proc/uptime
  uptime_seconds=${uptime%%.*}
}

# timed COMMAND…: runs it, for a loop that goes on with pause.
timed() {
  read -r timed_at _ </proc/uptime
  if "$@"; then timed_code=0; else timed_code=$?; fi
  return "$timed_code"
}

# pause: until the next look, twice as long as the last one took, and a fifth of a second at least. What is waited for needs
# the processors, too, and on a slow machine a look takes seconds of them.
pause() {
  blink
  read -r paused_at _ </proc/uptime
  # Hundredths of seconds; with a digit ahead, for 08 would be no number.
  blinks=$(((${paused_at%.*}00 + 1${paused_at#*.} - ${timed_at%.*}00 - 1${timed_at#*.} - 20) / 10))
  while [ "$blinks" -gt 1 ]; do
    blink
    blinks=$((blinks - 1))
  done
}

# blink: a fifth of a second, or what this computer's sleep has for that.
blink() { sleep 0.2 2>/dev/null || sleep 1; }

# ignored NAME: is this preflight check to be ignored?
ignored() {
  case ",$AK8S_IGNORE_PREFLIGHT," in
    *",$1,"* | *,all,*) return 0 ;;
  esac
  return 1
}
