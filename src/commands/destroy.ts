import { Flags } from "@oclif/core";
import { BaseCommand, dirFlag, outputFlag, verboseFlag } from "../cli/base-command.js";
import { withExitCodes } from "../cli/exit-codes.js";
import { planFlags } from "../cli/plan-flags.js";
import { ask } from "../cli/ask.js";

export default class Destroy extends BaseCommand {
  static override summary = "Remove the machines and what alpine-k8s wrote into the folder.";
  static override description = withExitCodes(
    "Asks first. Machines made by Vagrant are destroyed; with provider hosts only nodes of this cluster are reset, and " +
      "their packages stay; one that does not answer ends it with exit code 4, unless --force leaves it. " +
      "alpine-k8s.yaml, files edited by hand and all other files stay.",
  );
  static override examples = [
    "<%= config.bin %> destroy",
    "<%= config.bin %> destroy --yes",
    "<%= config.bin %> destroy --dry-run",
  ];
  static override flags = {
    yes: Flags.boolean({ char: "y", description: "do not ask", default: false }),
    force: Flags.boolean({ description: "leave hosts that do not answer as they are", default: false }),
    ...planFlags,
    dir: dirFlag,
    output: outputFlag,
    verbose: verboseFlag,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Destroy);
    if (flags["dry-run"]) {
      return this.plan(flags, async (input) => {
        const { planDestroy } = await import("../operations/destroy/destroy.js");
        return planDestroy({ ...input, force: flags.force });
      });
    }
    const confirm = (question: string): Promise<boolean> =>
      flags.yes ? Promise.resolve(true) : ask(question, "alpine-k8s destroy --yes");
    const summary = await this.operate(flags, async (input) => {
      const { destroyCluster } = await import("../operations/destroy/destroy.js");
      return destroyCluster({ ...input, force: flags.force, confirm });
    });
    this.print(flags, summary, () =>
      [
        `Cluster ${summary.cluster} is gone: ${summary.machines.join(", ") || "no machines"}.`,
        `Removed ${summary.removed.join(", ")}.`,
        ...(summary.left.length === 0 ? [] : [`Not reset: ${summary.left.join(", ")}.`]),
        ...(summary.kubeconfig === null ? [] : [`Taken out of ${summary.kubeconfig}.`]),
        ...(summary.kept.length === 0 ? [] : [`Kept, because they were edited by hand: ${summary.kept.join(", ")}.`]),
      ].join("\n"),
    );
  }
}
