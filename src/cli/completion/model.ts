/** What may follow: a folder, a file, the name of a node or a run, one of a list of words, or free text. */
export type Kind = "folder" | "file" | "nodes" | "runs" | "text" | readonly string[];

/** A flag as it is typed. */
export interface CompletionFlag {
  /** `--output`, and `-o` when there is a short one. */
  readonly names: readonly string[];
  readonly summary: string;
  /** The kind of its value; absent for a flag without a value. */
  readonly takes?: Kind;
}

/** A command, or a topic: the first words of several. */
export interface CompletionCommand {
  /** As typed after the program's name: `token show`; empty for the program itself. */
  readonly words: string;
  readonly flags: readonly CompletionFlag[];
  readonly args: readonly Kind[];
  /** The words that may follow, each with its summary. */
  readonly next: readonly { readonly word: string; readonly summary: string }[];
}

/** The part of oclif's metadata of a command that completion needs. */
export interface KnownCommand {
  readonly id: string;
  readonly summary?: string | undefined;
  readonly hidden?: boolean | undefined;
  readonly flags: Readonly<Record<string, KnownFlag>>;
  readonly args: Readonly<Record<string, { readonly name: string; readonly options?: readonly string[] | undefined }>>;
}

/** The part of oclif's metadata of a flag that completion needs. */
export interface KnownFlag {
  readonly name: string;
  readonly type: string;
  readonly char?: string | undefined;
  readonly hidden?: boolean | undefined;
  readonly allowNo?: boolean | undefined;
  readonly description?: string | undefined;
  readonly summary?: string | undefined;
  readonly helpValue?: string | readonly string[] | undefined;
  readonly options?: readonly string[] | undefined;
}

/** Commands whose argument is the name of a node. */
const ON_NODES: readonly string[] = ["ssh", "logs", "remove-node", "add-node"];

/** What an argument takes, by its name. */
const KIND_OF_NAME: Readonly<Record<string, Kind>> = { file: "file", run: "runs" };

const HELP: CompletionFlag = { names: ["--help"], summary: "show the help" };

/** Everything that can be completed: the program itself first, then every command and topic, sorted by its words. */
export function completionModel(commands: readonly KnownCommand[]): readonly CompletionCommand[] {
  const shown = commands.filter((command) => command.hidden !== true);
  const byWords = new Map(shown.map((command) => [command.id.replaceAll(":", " "), command]));
  const all = new Set([...byWords.keys()].flatMap(prefixes));
  return ["", ...[...all].sort()].map((words) => {
    const command = byWords.get(words);
    return {
      words,
      flags: [...(command ? flagsOf(command) : []), HELP, ...(words === "" ? [VERSION] : [])],
      args: command ? argsOf(command, words) : [],
      next: nextWords(words, byWords),
    };
  });
}

const VERSION: CompletionFlag = { names: ["--version"], summary: "show the version" };

function prefixes(words: string): readonly string[] {
  const parts = words.split(" ");
  return parts.map((_, index) => parts.slice(0, index + 1).join(" "));
}

function nextWords(words: string, byWords: ReadonlyMap<string, KnownCommand>): CompletionCommand["next"] {
  const start = words === "" ? "" : `${words} `;
  const behind = [...byWords.keys()].filter((one) => one.startsWith(start)).map((one) => one.slice(start.length));
  const next = [...new Set(behind.map((one) => one.split(" ")[0] ?? ""))].sort();
  return next.map((word) => {
    const inTopic = behind.filter((one) => one.startsWith(`${word} `)).map((one) => one.slice(word.length + 1));
    const summary = byWords.get(start + word)?.summary ?? inTopic.join(", ");
    return { word, summary: summary.replace(/\.$/, "") };
  });
}

function flagsOf({ flags }: KnownCommand): readonly CompletionFlag[] {
  return Object.values(flags)
    .filter((flag) => flag.hidden !== true)
    .flatMap((flag) => {
      const summary = flag.summary ?? flag.description ?? "";
      const names = [`--${flag.name}`, ...(flag.char === undefined ? [] : [`-${flag.char}`])];
      if (flag.type !== "boolean") return [{ names, summary, takes: kindOf(flag) }];
      const off = flag.allowNo === true ? [{ names: [`--no-${flag.name}`], summary }] : [];
      return [{ names, summary }, ...off];
    });
}

function kindOf({ options, helpValue }: KnownFlag): Kind {
  if (options !== undefined) return options;
  if (helpValue === "FOLDER") return "folder";
  if (helpValue === "RUN") return "runs";
  return helpValue === "FILE" ? "file" : "text";
}

function argsOf({ args }: KnownCommand, words: string): readonly Kind[] {
  // Commands that pass words on to another program declare no arguments.
  if (Object.keys(args).length === 0) return ON_NODES.includes(words) ? ["nodes"] : [];
  return Object.values(args).map((arg, index) => {
    if (index === 0 && ON_NODES.includes(words)) return "nodes";
    return arg.options ?? KIND_OF_NAME[arg.name] ?? "text";
  });
}
