import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";
import { bashScript } from "../../../src/cli/completion/bash.js";
import { fishScript } from "../../../src/cli/completion/fish.js";
import { completionModel, type KnownCommand } from "../../../src/cli/completion/model.js";
import { zshScript } from "../../../src/cli/completion/zsh.js";
import { knownCommands } from "./commands.js";

const flag = (name: string, more: object = {}): KnownCommand["flags"][string] => ({ name, type: "option", ...more });

/** Commands on nodes, independent of the real ones, and texts with characters that are special to shells. */
const MORE: readonly KnownCommand[] = [
  {
    ...{ id: "ssh", summary: 'Don\'t $(exit 3) `panic`: \\ "go".', args: { node: { name: "node" } } },
    flags: { dir: flag("dir", { helpValue: "FOLDER" }), "identity-file": flag("identity-file", { helpValue: "FILE" }) },
  },
];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "alpine-k8s-completion-"));
  const real = (await knownCommands()).filter(({ id }) => id !== "ssh");
  const model = completionModel([...real, ...MORE]);
  await writeFile(join(folder, "bash.sh"), bashScript(model));
  await writeFile(join(folder, "zsh.sh"), zshScript(model));
  await writeFile(join(folder, "fish.fish"), fishScript(model));
  await mkdir(join(folder, "work", "a folder"), { recursive: true });
  await mkdir(join(folder, "bin"));
  await writeFile(join(folder, "work", "spec.yaml"), "");
  const program = `#!/bin/sh
echo "$4" >>"$0.asked"
case "$1 $2 $3" in
  "completion nodes --dir") echo master1; echo minion1; echo minion2 ;;
  "completion runs --dir") echo 2026-01-31T12-00-00-000Z-up ;;
  *) exit 1 ;;
esac
`;
  await writeFile(join(folder, "bin/alpine-k8s"), program);
  await chmod(join(folder, "bin/alpine-k8s"), 0o755);
});

/** Runs the shell in a folder with a file and a folder, without the user's own settings. */
async function run(program: string, args: readonly string[]): Promise<string> {
  const env = { PATH: `${join(folder, "bin")}:${process.env["PATH"] ?? ""}`, HOME: folder, LC_ALL: "C.UTF-8" };
  const { stdout, stderr } = await promisify(execFile)(program, args, { cwd: join(folder, "work"), env });
  expect(stderr).toBe("");
  return stdout;
}

const lines = (text: string): string[] => [...new Set(text.split("\n").filter((line) => line !== ""))].sort();

const BASH = `source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _alpine_k8s
[ \${#COMPREPLY[@]} = 0 ] || printf '%s\\n' "\${COMPREPLY[@]}"`;

/** Replaces zsh's completion system: prints what it would get, if it matches the word. */
const ZSH = `compdef() { :; }
compadd() { shift; offer "$@"; }
_describe() { offer "\${(@)\${(P)@[-1]}%%:*}"; }
_files() { if [[ "$*" == -/ ]]; then offer *(N/); else offer *(N); fi; }
_default() { offer default; }
compset() { PREFIX=\${PREFIX#*=}; }
offer() { local one; for one in "$@"; do [[ "$one" != "$PREFIX"* ]] || print -r -- "$one"; done; }
source "$1"; shift; words=("$@"); CURRENT=$#; PREFIX=$words[-1]; _alpine-k8s`;

/** What each shell offers for these words; the last one is being typed. */
const SHELLS: Readonly<Record<string, (words: readonly string[]) => Promise<string[]>>> = {
  bash: async (words) => {
    // Bash splits --flag=value into three words.
    const split = words.flatMap((word) => {
      const [, name, value] = /^(--[a-z-]+)=(.*)$/.exec(word) ?? [];
      return name === undefined ? [word] : [name, "=", ...(value === "" ? [] : [value ?? ""])];
    });
    return lines(await run("bash", ["--norc", "-c", BASH, "bash", join(folder, "bash.sh"), "alpine-k8s", ...split]));
  },
  zsh: async (words) =>
    lines(await run("zsh", ["-f", "-c", ZSH, "zsh", join(folder, "zsh.sh"), "alpine-k8s", ...words])),
  fish: async (words) => {
    const line = ["alpine-k8s", ...words].join(" ");
    const out = await run("fish", [
      "--no-config",
      "-c",
      'source $argv[1]; complete -C "$argv[2]"',
      join(folder, "fish.fish"),
      line,
    ]);
    const values = out.split("\n").map((one) => one.replace(/\t.*$/, "").replace(/\/$/, ""));
    return lines(values.map((one) => one.replace(/^--[a-z-]+=/, "")).join("\n"));
  },
};

const TOKENS = ["list", "rotate", "show"];
const NODES = ["master1", "minion1", "minion2"];
const RUN = "2026-01-31T12-00-00-000Z-up";
const CASES: readonly (readonly [readonly string[], readonly string[]])[] = [
  [["tok"], ["token"]],
  [["token", ""], TOKENS],
  [["token", "sh"], ["show"]],
  [
    ["up", "--provider", ""],
    ["hosts", "vagrant"],
  ],
  [["up", "--provider", "h"], ["hosts"]],
  [
    ["up", "--provider="],
    ["hosts", "vagrant"],
  ],
  [["up", "--provider=v"], ["vagrant"]],
  [
    ["config", "show", "-o", ""],
    ["json", "yaml"],
  ],
  [["up", "-o", "j"], ["json"]],
  [["up", "--minions", ""], []],
  [["up", "--minions", "3", "--vagrant"], ["--vagrant-provider"]],
  [
    ["completion", ""],
    ["bash", "fish", "nodes", "runs", "zsh"],
  ],
  [["completion", "bash", ""], []],
  [["timings", ""], [RUN]],
  [["timings", "--against", "2026"], [RUN]],
  [["timings", RUN, ""], []],
  [["ssh", ""], NODES],
  [
    ["ssh", "mi"],
    ["minion1", "minion2"],
  ],
  [["ssh", "--dir", "elsewhere", ""], NODES],
  [["ssh", "minion1", ""], []],
  [["ssh", "--dir", ""], ["a folder"]],
  [["ssh", "--identity-file", "sp"], ["spec.yaml"]],
  [["config", "validate", "sp"], ["spec.yaml"]],
  [["nonsense", ""], []],
];

it("the real commands on nodes have their names completed", async () => {
  const model = completionModel(await knownCommands());
  const first = (words: string): unknown => model.find((one) => one.words === words)?.args[0];
  expect([first("ssh"), first("logs"), first("remove-node")]).toEqual(["nodes", "nodes", "nodes"]);
});

describe.each(Object.keys(SHELLS))("%s", (shell) => {
  const offered = (words: readonly string[]): Promise<string[]> =>
    SHELLS[shell]?.(words) ?? Promise.reject(new Error());

  it.each(CASES)("behind %j offers %j", async (words, expected) => {
    expect(await offered(words)).toEqual([...expected]);
  });

  it("offers every command, and every flag of one", async () => {
    const commands = completionModel([...(await knownCommands()), ...MORE]);
    expect(await offered([""])).toEqual([...new Set(commands[0]?.next.map(({ word }) => word))].sort());
    const flags = commands.find(({ words }) => words === "up")?.flags.flatMap(({ names }) => names);
    expect(await offered(["up", "--"])).toEqual(flags?.filter((name) => name.startsWith("--")).sort());
  });

  it("asks for the nodes of the folder that is given", async () => {
    const asked = join(folder, "bin/alpine-k8s.asked");
    await writeFile(asked, "");
    await offered(["ssh", "--dir", "there", ""]);
    await offered(["ssh", ""]);
    expect((await readFile(asked, "utf8")).trim().split("\n")).toEqual(["there", "."]);
  });
});
