import { BaseCommand, dirFlag, outputFlag, verboseFlag } from "../cli/base-command.js";
import { downText } from "../cli/text/down.js";
import { withExitCodes } from "../cli/exit-codes.js";

export default class Down extends BaseCommand {
  static override summary = "Switch the machines off; up starts them again.";
  static override description = withExitCodes(
    "Shuts the guests down, the minions first and the masters last. Nothing is destroyed: up starts the same machines, " +
      "and no node joins again. With provider hosts it refuses, as those machines are yours to switch off.",
  );
  static override examples = ["<%= config.bin %> down", "<%= config.bin %> down -o json"];
  static override flags = { dir: dirFlag, output: outputFlag, verbose: verboseFlag };

  async run(): Promise<void> {
    const { flags } = await this.parse(Down);
    const summary = await this.operate(flags, async (input) => {
      const { down } = await import("../operations/down.js");
      return down(input);
    });
    this.print(flags, summary, () => downText(summary));
  }
}
