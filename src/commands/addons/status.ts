import { Args } from "@oclif/core";
import { EXIT_CODES } from "../../base/errors.js";
import { BaseCommand, dirFlag, outputFlag, verboseFlag } from "../../cli/base-command.js";
import { withExitCodes } from "../../cli/exit-codes.js";
import { addonsStatusText } from "../../cli/text/addons-look.js";

export default class AddonsStatus extends BaseCommand {
  static override summary = "Show whether add-ons are applied and ready, and why not.";
  static override description = withExitCodes(
    "Looks only. With a name also at the fields that others have changed. Exits 4 when one that is enabled is not ready.",
  );
  static override examples = ["<%= config.bin %> addons status", "<%= config.bin %> addons status canal -o json"];
  static override args = {
    name: Args.string({ description: "name of the add-on; all without it", name: "NAME" }),
  };
  static override flags = { dir: dirFlag, output: outputFlag, verbose: verboseFlag };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(AddonsStatus);
    const status = await this.operate(flags, async (input) => {
      const { addonsStatus } = await import("../../operations/addons/status.js");
      return addonsStatus({ ...input, name: args.name });
    });
    this.print(flags, status, () => addonsStatusText(status));
    if (!status.ready) this.exit(EXIT_CODES.unhealthy);
  }
}
