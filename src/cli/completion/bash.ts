import type { CompletionCommand } from "./model.js";
import { flagCases, kindText, plain } from "./words.js";

const DRIVER = `_alpine_k8s_offer() {
  local IFS=$' \\t\\n'
  case "$1" in
    words\\ *) COMPREPLY=($(compgen -W "\${1#words }" -- "$cur")) ;;
    nodes | runs) COMPREPLY=($(compgen -W "$("\${COMP_WORDS[0]}" completion "$1" --dir "\${dir:-.}" 2>/dev/null)" -- "$cur")) ;;
    folder) IFS=$'\\n'; COMPREPLY=($(compgen -d -- "$cur")); compopt -o filenames 2>/dev/null ;;
    file) IFS=$'\\n'; COMPREPLY=($(compgen -f -- "$cur")); compopt -o filenames 2>/dev/null ;;
  esac
}

_alpine_k8s() {
  local cur=\${COMP_WORDS[COMP_CWORD]} command='' flag='' dir='' takes='' next='' flags='' args=() position=0 index word
  COMPREPLY=()
  for ((index = 1; index < COMP_CWORD; index++)); do
    word=\${COMP_WORDS[index]}
    # Bash makes three words of --flag=value.
    [ "$word" != = ] || continue
    if [ -n "$flag" ]; then
      [ "$flag" != --dir ] || dir=$word
      flag=''
      continue
    fi
    case "$word" in
      --) compopt -o default 2>/dev/null; return ;;
      -*) _alpine_k8s_flag "$command" "$word"; [ -z "$takes" ] || flag=$word ;;
      *)
        if [ "$position" = 0 ] && _alpine_k8s_command "\${command:+$command }$word"; then
          command="\${command:+$command }$word"
        else
          position=$((position + 1))
        fi
        ;;
    esac
  done
  [ "$cur" != = ] || cur=''
  _alpine_k8s_command "$command"
  if [ -n "$flag" ]; then
    _alpine_k8s_flag "$command" "$flag"
    _alpine_k8s_offer "$takes"
  elif [ "\${cur#-}" != "$cur" ]; then
    _alpine_k8s_offer "words $flags"
  elif [ -n "$next" ] && [ "$position" = 0 ]; then
    _alpine_k8s_offer "words $next"
  else
    _alpine_k8s_offer "\${args[position]:-}"
  fi
}

complete -F _alpine_k8s alpine-k8s
`;

/** A completion script for bash 3.2 and newer; needs no other package. */
export function bashScript(commands: readonly CompletionCommand[]): string {
  return `# bash completion for alpine-k8s; made by: alpine-k8s completion bash

# Sets takes to what the flag of a command takes; empty when it takes nothing.
_alpine_k8s_flag() {
  takes=''
  case "$1 $2" in
${flagCases(commands).join("\n")}
  esac
}

# Sets next, flags and args to what may follow the command.
_alpine_k8s_command() {
  next='' flags='' args=()
  case "$1" in
${commands.map(commandCase).join("\n")}
    *) return 1 ;;
  esac
}

${DRIVER}`;
}

function commandCase({ words, next, flags, args }: CompletionCommand): string {
  const names = flags.flatMap((flag) => flag.names.map(plain));
  const kinds = args.map((kind) => `'${kindText(kind)}'`);
  return `    '${words}') next='${next.map(({ word }) => plain(word)).join(" ")}' flags='${names.join(" ")}' args=(${kinds.join(" ")}) ;;`;
}
