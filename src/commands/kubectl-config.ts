import { Flags } from "@oclif/core";
import { BaseCommand, dirFlag, outputFlag, verboseFlag } from "../cli/base-command.js";
import { withExitCodes } from "../cli/exit-codes.js";
import { planFlags } from "../cli/plan-flags.js";
import { downloadBar } from "../cli/progress/download-bar.js";
import { kubectlConfigText } from "../cli/text/kubectl-config.js";

/** Imported only when the command runs, so that help and version do not wait for ssh and the rest. */
const operations = () => import("../operations/kubectl/kubectl-config.js");

export default class KubectlConfig extends BaseCommand {
  static override summary = "Get kubectl and a config for the cluster, and list its nodes.";
  static override description = withExitCodes(
    "Puts the kubectl that fits the cluster and this computer into the cluster folder, its sum checked, and writes " +
      "admin.config. An existing right kubectl is kept; without a network the one on PATH is used. --merge puts the " +
      "cluster into ~/.kube/config (or the first file of $KUBECONFIG) and leaves the current context as it is.",
  );
  static override usage = [
    "kubectl-config [--merge [--use] [--force]] [--mirror URL] [--kubernetes-version vX.Y.Z] [--dry-run [--exit-code]] [--dir FOLDER] [-o text|json]",
    "kubectl-config --undo [--dry-run [--exit-code]] [--dir FOLDER] [-o text|json]",
    "kubectl-config --print [--dir FOLDER] [-o text|json]",
  ];
  static override examples = [
    {
      description: "kubectl and admin.config in the folder, then the nodes",
      command: "<%= config.bin %> kubectl-config",
    },
    { description: "into your own kubeconfig", command: "<%= config.bin %> kubectl-config --merge" },
    { description: "and out of it again", command: "<%= config.bin %> kubectl-config --undo" },
    {
      description: "from a mirror of https://dl.k8s.io",
      command: "<%= config.bin %> kubectl-config --mirror https://mirror.example.com/k8s",
    },
    {
      description: "only kubectl, without a cluster",
      command: "<%= config.bin %> kubectl-config --kubernetes-version v1.36.1",
    },
  ];
  static override flags = {
    // No defaults: `dependsOn` and `exclusive` would count a default as given.
    merge: Flags.boolean({ description: "put the cluster into your kubeconfig, with a backup" }),
    use: Flags.boolean({
      description: "with --merge: make it the current context",
      dependsOn: ["merge"],
    }),
    force: Flags.boolean({
      description: "with --merge: replace entries of the same names that are another cluster's",
      dependsOn: ["merge"],
    }),
    undo: Flags.boolean({
      description: "take the cluster out of your kubeconfig again",
      exclusive: ["merge", "print"],
    }),
    print: Flags.boolean({
      description: "print the config and do nothing else; it holds the key of an administrator",
      exclusive: ["merge", "undo", "kubernetes-version", "mirror", "dry-run"],
    }),
    mirror: Flags.string({ description: "stands in for https://dl.k8s.io, the same paths below it", helpValue: "URL" }),
    "kubernetes-version": Flags.string({
      description: "version of kubectl; default: the cluster's",
      helpValue: "vX.Y.Z",
    }),
    ...planFlags,
    dir: dirFlag,
    output: outputFlag,
    verbose: verboseFlag,
  };

  /** Repeats the arguments, but not a word with `@`: it may be a mirror's URL with its login. */
  protected override again(): string {
    return ["kubectl-config", ...this.argv.map((word) => (word.includes("@") ? "URL" : word))].join(" ");
  }

  async run(): Promise<void> {
    const { flags } = await this.parse(KubectlConfig);
    if (flags.print) return this.printConfig(flags);
    if (flags.undo) return flags["dry-run"] ? this.planUndo(flags) : this.undo(flags);
    const { mirror, "kubernetes-version": kubernetesVersion } = flags;
    // Only kubectl alone may go into a new folder: the rest needs a cluster's folder, and a typo must not create one.
    this.makesFolder = kubernetesVersion !== undefined && !flags.merge;
    const asked = {
      ...{ merge: Boolean(flags.merge), use: Boolean(flags.use), force: Boolean(flags.force) },
      ...{ mirror, kubernetesVersion },
    };
    if (flags["dry-run"]) {
      return this.plan(flags, async (input) => (await operations()).planKubectlConfig({ ...input, ...asked }));
    }
    const summary = await this.operate(flags, async (input) => {
      const { kubectlConfig } = await operations();
      return kubectlConfig({ ...input, ...asked, onBytes: downloadBar(input.progress, "kubectl") });
    });
    this.print(flags, summary, () => kubectlConfigText(summary));
  }

  private async printConfig(flags: { dir: string; verbose: boolean; output: string }): Promise<void> {
    if (flags.output === "json") {
      const config = await this.operate(flags, async (input) => (await operations()).adminConfigDocument(input));
      return this.print(flags, config, () => "");
    }
    const text = await this.operate(flags, async (input) => (await operations()).adminConfigText(input));
    process.stdout.write(text);
  }

  private async planUndo(flags: {
    dir: string;
    verbose: boolean;
    output: string;
    "exit-code": boolean;
  }): Promise<void> {
    return this.plan(flags, async (input) => (await operations()).planUndoKubectlConfig(input));
  }

  private async undo(flags: { dir: string; verbose: boolean; output: string }): Promise<void> {
    const undone = await this.operate(flags, async (input) => (await operations()).undoKubectlConfig(input));
    this.print(flags, undone, () => {
      if (undone.removed) return `${undone.file} is gone again: it held nothing else.`;
      const what = undone.changed ? "is out of" : "was not in";
      return `The cluster ${what} ${undone.file}; the current context there is ${undone.currentContext || "unset"}.`;
    });
  }
}
