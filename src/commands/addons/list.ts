import { BaseCommand, dirFlag, outputFlag, verboseFlag } from "../../cli/base-command.js";
import { withExitCodes } from "../../cli/exit-codes.js";
import { addonsListText } from "../../cli/text/addons-look.js";

export default class AddonsList extends BaseCommand {
  static override summary = "Show which add-ons there are, which are enabled and which run.";
  static override description = withExitCodes(
    "Looks only, and quickly: no node is asked, and the API only where it answers from here at once. Works without a cluster.",
  );
  static override examples = ["<%= config.bin %> addons list", "<%= config.bin %> addons list -o json"];
  static override flags = { dir: dirFlag, output: outputFlag, verbose: verboseFlag };

  async run(): Promise<void> {
    const { flags } = await this.parse(AddonsList);
    const listed = await this.operate(flags, async (input) => {
      const { listAddons } = await import("../../operations/addons/list.js");
      return listAddons(input);
    });
    this.print(flags, listed, () => addonsListText(listed));
  }
}
