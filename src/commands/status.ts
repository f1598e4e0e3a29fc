import { BaseCommand, dirFlag, outputFlag, verboseFlag } from "../cli/base-command.js";
import { withExitCodes } from "../cli/exit-codes.js";
import { statusText } from "../cli/text/status.js";
import { EXIT_CODES } from "../base/errors.js";

export default class Status extends BaseCommand {
  static override summary = "Show machines, nodes, conditions and what up would do.";
  static override description = withExitCodes(
    "Looks only; nothing on the nodes or in the folder is changed. Exits 4 when the cluster is not healthy.",
  );
  static override examples = ["<%= config.bin %> status", "<%= config.bin %> status -o json"];
  static override flags = { dir: dirFlag, output: outputFlag, verbose: verboseFlag };

  async run(): Promise<void> {
    const { flags } = await this.parse(Status);
    const status = await this.operate(flags, async (input) => {
      const { clusterStatus } = await import("../operations/status.js");
      return clusterStatus(input);
    });
    this.print(flags, status, () => statusText(status));
    if (!status.healthy) this.exit(EXIT_CODES.unhealthy);
  }
}
