import { Flags } from "@oclif/core";
import { addonArg, applyFlags, applyWish } from "../../cli/addon-flags.js";
import { BaseCommand, dirFlag, outputFlag, verboseFlag } from "../../cli/base-command.js";
import { withExitCodes } from "../../cli/exit-codes.js";
import { planFlags } from "../../cli/plan-flags.js";
import { addonChangedText } from "../../cli/text/addons.js";

export default class AddonsUpgrade extends BaseCommand {
  static override summary = "Bring an add-on to another release.";
  static override description = withExitCodes(
    "To the newest one for the cluster's Kubernetes, or to a given one, which is then written into alpine-k8s.yaml. Objects " +
      "that the new release does not have are deleted, except for definitions, claims and namespaces. Cut off at any " +
      "moment, the same command, or up, continues.",
  );
  static override examples = [
    "<%= config.bin %> addons upgrade canal",
    "<%= config.bin %> addons upgrade canal --to v3.32.1 --dry-run",
  ];
  static override args = { name: addonArg };
  static override flags = {
    to: Flags.string({ description: "the release", helpValue: "VERSION" }),
    ...applyFlags,
    ...planFlags,
    dir: dirFlag,
    output: outputFlag,
    verbose: verboseFlag,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(AddonsUpgrade);
    const asked = { name: args.name, to: flags.to, ...applyWish(flags) };
    if (flags["dry-run"]) {
      return this.plan(flags, async (input) => {
        const { planUpgrade } = await import("../../operations/addons/upgrade.js");
        return planUpgrade({ ...input, ...asked });
      });
    }
    const changed = await this.operate(flags, async (input) => {
      const { upgradeAddon } = await import("../../operations/addons/upgrade.js");
      return upgradeAddon({ ...input, ...asked });
    });
    this.print(flags, changed, () => addonChangedText(changed));
  }
}
