import { quoteSh } from "../../base/quote.js";
import type { CompletionCommand } from "./model.js";
import { flagCases, kindText, plain } from "./words.js";

const DRIVER = `_alpine_k8s_offer() {
  case "$1" in
    (words\\ *) compadd -- \${=1#words } ;;
    (nodes|runs) compadd -- \${(f)"$("\${(Q)words[1]}" completion "$1" --dir "\${dir:-.}" 2>/dev/null)"} ;;
    (folder) _files -/ ;;
    (file) _files ;;
  esac
}

_alpine-k8s() {
  local command='' flag='' dir='' takes='' word
  local -i position=0
  local -a next flags args
  for word in "\${(@)words[2,CURRENT-1]}"; do
    word=\${(Q)word}
    if [[ -n "$flag" ]]; then
      [[ "$flag" != --dir ]] || dir=$word
      flag=''
      continue
    fi
    case "$word" in
      (--) _default; return ;;
      (--dir=*) dir=\${word#--dir=} ;;
      (-*) _alpine_k8s_flag "$command" "$word"; [[ -z "$takes" ]] || flag=$word ;;
      (*)
        if ((position == 0)) && _alpine_k8s_command "\${command:+$command }$word"; then
          command="\${command:+$command }$word"
        else
          position+=1
        fi
        ;;
    esac
  done
  _alpine_k8s_command "$command"
  if [[ -z "$flag" && "$PREFIX" == --*=* ]]; then
    flag=\${PREFIX%%=*}
    compset -P '*='
  fi
  if [[ -n "$flag" ]]; then
    _alpine_k8s_flag "$command" "$flag"
    _alpine_k8s_offer "$takes"
  elif [[ "$PREFIX" == -* ]]; then
    _describe -o option flags
  elif ((\${#next} && position == 0)); then
    _describe command next
  else
    _alpine_k8s_offer "\${args[position+1]:-}"
  fi
}

if [[ "\${funcstack[1]:-}" == _alpine-k8s ]]; then
  _alpine-k8s "$@"
else
  compdef _alpine-k8s alpine-k8s
fi
`;

/** A completion script for zsh: to be sourced after compinit, or as a file _alpine-k8s in a folder of fpath. */
export function zshScript(commands: readonly CompletionCommand[]): string {
  return `#compdef alpine-k8s
# zsh completion for alpine-k8s; made by: alpine-k8s completion zsh

# Sets takes to what the flag of a command takes; empty when it takes nothing.
_alpine_k8s_flag() {
  takes=''
  case "$1 $2" in
${flagCases(commands).join("\n")}
  esac
}

# Sets next, flags and args to what may follow the command.
_alpine_k8s_command() {
  next=() flags=() args=()
  case "$1" in
${commands.map(commandCase).join("\n")}
    (*) return 1 ;;
  esac
}

${DRIVER}`;
}

function commandCase({ words, next, flags, args }: CompletionCommand): string {
  const following = next.map(({ word, summary }) => quoteSh(`${plain(word)}:${summary}`));
  const names = flags.flatMap((flag) => flag.names.map((name) => quoteSh(`${plain(name)}:${flag.summary}`)));
  const kinds = args.map((kind) => `'${kindText(kind)}'`);
  return `    ('${words}') next=(${following.join(" ")}) flags=(${names.join(" ")}) args=(${kinds.join(" ")}) ;;`;
}
