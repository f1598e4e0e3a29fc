import { Args, Flags } from "@oclif/core";
import { ask } from "../cli/ask.js";
import { BaseCommand, dirFlag, outputFlag, verboseFlag } from "../cli/base-command.js";
import { withExitCodes } from "../cli/exit-codes.js";
import { planFlags } from "../cli/plan-flags.js";
import { removeNodeText } from "../cli/text/remove-node.js";

export default class RemoveNode extends BaseCommand {
  static override summary = "Take one node out of the cluster, alive or dead.";
  static override description = withExitCodes(
    "Asks first. The node is cordoned and drained as disruption budgets allow, its machine is destroyed (Vagrant) or " +
      "reset and left with its packages (hosts), its node object is deleted, and alpine-k8s.yaml names it no more. A " +
      "master leaves etcd before that, and the others are told in the end; else no other node is touched. The last " +
      "master is refused. Can be given again after any interruption.",
  );
  static override examples = [
    "<%= config.bin %> remove-node minion1",
    "<%= config.bin %> remove-node minion1 --yes --timeout 60",
    "<%= config.bin %> remove-node minion1 --dry-run",
    {
      description: "Lose pods without a controller and data in emptyDir volumes, and go on whatever a budget says:",
      command: "<%= config.bin %> remove-node minion1 --force",
    },
  ];
  static override args = {
    name: Args.string({ required: true, description: "name of the node, such as minion1", name: "NAME" }),
  };
  static override flags = {
    force: Flags.boolean({
      description: "go on where pods or data are lost, a budget refuses in time, or the API does not answer",
      default: false,
    }),
    timeout: Flags.integer({
      description: "how long the pods get to leave, in seconds",
      default: 300,
      min: 1,
      max: 86_400,
      helpValue: "SECONDS",
    }),
    yes: Flags.boolean({ char: "y", description: "do not ask", default: false }),
    ...planFlags,
    dir: dirFlag,
    output: outputFlag,
    verbose: verboseFlag,
  };

  protected override again(): string {
    return `remove-node ${this.#name}`;
  }

  #name = "";

  async run(): Promise<void> {
    const { args, flags } = await this.parse(RemoveNode);
    this.#name = args.name;
    const { force, timeout } = flags;
    const asked = { name: args.name, force, timeout: timeout * 1000 };
    if (flags["dry-run"]) {
      return this.plan(flags, async (input) => {
        const { planRemoveNode } = await import("../operations/remove-node/remove-node.js");
        return planRemoveNode({ ...input, ...asked });
      });
    }
    const confirm = (question: string): Promise<boolean> =>
      flags.yes ? Promise.resolve(true) : ask(question, `alpine-k8s remove-node ${args.name} --yes`);
    const summary = await this.operate(flags, async (input) => {
      const { removeNode } = await import("../operations/remove-node/remove-node.js");
      return removeNode({ ...input, ...asked, confirm });
    });
    this.print(flags, summary, () => removeNodeText(summary));
  }
}
