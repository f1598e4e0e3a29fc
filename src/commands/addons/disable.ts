import { Flags } from "@oclif/core";
import { addonArg } from "../../cli/addon-flags.js";
import { ask } from "../../cli/ask.js";
import { BaseCommand, dirFlag, outputFlag, verboseFlag } from "../../cli/base-command.js";
import { withExitCodes } from "../../cli/exit-codes.js";
import { planFlags } from "../../cli/plan-flags.js";
import { addonDisabledText } from "../../cli/text/addons.js";

export default class AddonsDisable extends BaseCommand {
  static override summary = "Take an add-on out of the spec and the cluster.";
  static override description = withExitCodes(
    "Asks first. Deletes what the add-on has brought, as the cluster's inventory of it says, and nothing else: workloads " +
      "first. Definitions, claims and namespaces stay, with all that is in them, unless --with-data. The pod network is " +
      "refused. Cut off at any moment, the same command continues.",
  );
  static override examples = [
    "<%= config.bin %> addons disable shop --dry-run",
    "<%= config.bin %> addons disable shop --yes",
    "<%= config.bin %> addons disable shop --with-data",
  ];
  static override args = { name: addonArg };
  static override flags = {
    "with-data": Flags.boolean({ description: "also what may hold data", default: false }),
    timeout: Flags.integer({
      ...{ description: "how long objects get to be gone, in seconds", default: 300, min: 1, max: 86_400 },
      helpValue: "SECONDS",
    }),
    yes: Flags.boolean({ char: "y", description: "do not ask", default: false }),
    ...planFlags,
    dir: dirFlag,
    output: outputFlag,
    verbose: verboseFlag,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(AddonsDisable);
    const asked = { name: args.name, withData: flags["with-data"], timeout: flags.timeout * 1000 };
    if (flags["dry-run"]) {
      return this.plan(flags, async (input) => {
        const { planDisable } = await import("../../operations/addons/disable.js");
        return planDisable({ ...input, ...asked });
      });
    }
    const confirm = (question: string): Promise<boolean> =>
      flags.yes ? Promise.resolve(true) : ask(question, `alpine-k8s addons disable ${args.name} --yes`);
    const disabled = await this.operate(flags, async (input) => {
      const { disableAddon } = await import("../../operations/addons/disable.js");
      return disableAddon({ ...input, ...asked, confirm });
    });
    this.print(flags, disabled, () => addonDisabledText(disabled));
  }
}
