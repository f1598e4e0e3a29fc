import { Args } from "@oclif/core";
import { BaseCommand, dirFlag } from "../cli/base-command.js";
import type { CompletionCommand } from "../cli/completion/model.js";
import { withExitCodes } from "../cli/exit-codes.js";

export default class Completion extends BaseCommand {
  static override summary = "Print a completion script for bash, zsh or fish.";
  static override description = withExitCodes(
    "The script completes commands, flags and their values, and the names of nodes and runs. Print it anew after an " +
      "update of alpine-k8s. completion nodes and completion runs print the folder's names, as the scripts ask for them; " +
      "no machine is asked.",
  );
  static override examples = [
    {
      description: "bash, with the package bash-completion",
      command: "<%= config.bin %> completion bash > ~/.local/share/bash-completion/completions/alpine-k8s",
    },
    {
      description: "zsh, in a folder of fpath, before compinit",
      command: "<%= config.bin %> completion zsh > ~/.zfunc/_alpine-k8s",
    },
    {
      description: "fish",
      command: "<%= config.bin %> completion fish > ~/.config/fish/completions/alpine-k8s.fish",
    },
  ];
  static override args = {
    shell: Args.string({
      description: "the shell, or which names",
      options: ["bash", "zsh", "fish", "nodes", "runs"],
      required: true,
    }),
  };
  static override flags = { dir: dirFlag };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Completion);
    if (args.shell === "nodes" || args.shell === "runs") return this.printNames(args.shell, flags);
    const { completionModel } = await import("../cli/completion/model.js");
    // This run may know this command alone: cli/start-up/one-command.ts.
    const { Config } = await import("@oclif/core");
    const { commands } = await Config.load(this.config.root);
    process.stdout.write((await scriptFor(args.shell))(completionModel(commands)));
  }

  private async printNames(what: "nodes" | "runs", flags: { dir: string }): Promise<void> {
    const folder = await this.folder(flags);
    for (const name of await namesOf(what, folder)) this.log(name);
  }
}

async function namesOf(what: "nodes" | "runs", folder: string): Promise<readonly string[]> {
  if (what === "nodes") return (await import("../operations/folder/node-names.js")).nodeNames(folder);
  return (await import("../operations/timings/read-run.js")).runNames(folder);
}

async function scriptFor(shell: string): Promise<(commands: readonly CompletionCommand[]) => string> {
  if (shell === "bash") return (await import("../cli/completion/bash.js")).bashScript;
  if (shell === "zsh") return (await import("../cli/completion/zsh.js")).zshScript;
  return (await import("../cli/completion/fish.js")).fishScript;
}
