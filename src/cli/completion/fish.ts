import type { CompletionCommand, CompletionFlag, Kind } from "./model.js";
import { plain } from "./words.js";

const DRIVER = `# True behind --, where words are for another program.
function __alpine_k8s_behind
    contains -- -- (commandline -opc)
end

# Names of nodes or runs of the folder that is given, or of this one.
function __alpine_k8s_names
    set -l tokens (commandline -opc)
    set -l dir .
    for index in (seq (count $tokens))
        switch $tokens[$index]
            case --dir
                set -q tokens[(math $index + 1)]; and set dir $tokens[(math $index + 1)]
            case '--dir=*'
                set dir (string replace -- --dir= '' $tokens[$index])
        end
    end
    $tokens[1] completion $argv[1] --dir $dir 2>/dev/null
end

complete -c alpine-k8s -e
complete -c alpine-k8s -f
complete -c alpine-k8s -n __alpine_k8s_behind -F
`;

/** A completion script for fish 3 and newer. */
export function fishScript(commands: readonly CompletionCommand[]): string {
  const paths = commands.map(({ words }) => words).filter((words) => words !== "");
  const withValue = new Set(
    commands.flatMap(({ flags }) => flags.filter(({ takes }) => takes !== undefined).flatMap(({ names }) => names)),
  );
  return `# fish completion for alpine-k8s; made by: alpine-k8s completion fish

# True behind the command that is given and, when a number is given, before that argument of it.
function __alpine_k8s_at
    set -l tokens (commandline -opc)
    set -e tokens[1]
    set -l command ''
    while set -q tokens[1]
        set -l longer (string trim -- "$command $tokens[1]")
        contains -- $longer ${paths.map(quoted).join(" ")}; or break
        set command $longer
        set -e tokens[1]
    end
    test "$command" = "$argv[1]"; or return 1
    set -q argv[2]; or return 0
    set -l position 1
    while set -q tokens[1]
        switch $tokens[1]
            case --
                return 1
            case ${[...withValue].map((name) => plain(name)).join(" ")}
                set -e tokens[1]
            case '-*'
            case '*'
                set position (math $position + 1)
        end
        set -e tokens[1]
    end
    test $position = $argv[2]
end

${DRIVER}${commands.flatMap(commandLines).join("\n")}
`;
}

function commandLines({ words, next, flags, args }: CompletionCommand): readonly string[] {
  const at = (position?: number): string =>
    `complete -c alpine-k8s -n ${quoted(`__alpine_k8s_at ${quoted(words)}${position === undefined ? "" : ` ${position}`}`)}`;
  return [
    ...next.map(({ word, summary }) => `${at(1)} -a ${plain(word)} -d ${quoted(summary)}`),
    ...flags.map((flag) => `${at()} ${flagOptions(flag)} -d ${quoted(flag.summary)}`),
    ...args.flatMap((kind, index) => (kind === "text" ? [] : [`${at(index + 1)} ${kindOptions(kind)}`])),
  ];
}

function flagOptions({ names, takes }: CompletionFlag): string {
  const spelled = names.map((name) =>
    name.startsWith("--") ? `-l ${plain(name.slice(2))}` : `-s ${plain(name.slice(1))}`,
  );
  return [...spelled, ...(takes === undefined ? [] : ["-r", kindOptions(takes)])].join(" ");
}

function kindOptions(kind: Kind): string {
  if (typeof kind !== "string") return `-f -a ${quoted(kind.map(plain).join(" "))}`;
  if (kind === "file") return "-F";
  if (kind === "folder") return "-f -a '(__fish_complete_directories)'";
  return kind === "nodes" || kind === "runs" ? `-f -a '(__alpine_k8s_names ${kind})'` : "-f";
}

/** Text in single quotes for fish, where a backslash and a quote are written with a backslash. */
function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, "\\$&")}'`;
}
