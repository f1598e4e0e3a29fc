import { BaseCommand, dirFlag, outputFlag, verboseFlag } from "../../cli/base-command.js";
import { withExitCodes } from "../../cli/exit-codes.js";
import { boxListText } from "../../cli/text/box.js";

export default class BoxList extends BaseCommand {
  static override summary = "List the boxes that Vagrant has here, and which clusters use them.";
  static override description = withExitCodes("Reads Vagrant's folders; starts no program and changes nothing.");
  static override examples = ["<%= config.bin %> box list", "<%= config.bin %> box list -o json"];
  static override flags = { dir: dirFlag, output: outputFlag, verbose: verboseFlag };

  async run(): Promise<void> {
    const { flags } = await this.parse(BoxList);
    const list = await this.operate(flags, async (input) => {
      const { listBoxes } = await import("../../operations/box/list.js");
      return listBoxes(input);
    });
    this.print(flags, list, () => boxListText(list));
  }
}
