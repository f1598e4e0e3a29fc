import { BaseCommand, dirFlag, outputFlag } from "../cli/base-command.js";
import { withExitCodes } from "../cli/exit-codes.js";

export default class Versions extends BaseCommand {
  static override summary = "Show which versions work together, and which get fixes today.";
  static override description = withExitCodes(
    "Kubernetes, Alpine's releases and packages, container runtimes and Canal, with the day until which there are fixes, and " +
      "what the folder's cluster has. It is the table by which the spec is checked; nothing is asked of the network.",
  );
  static override examples = ["<%= config.bin %> versions", "<%= config.bin %> versions -o json"];
  static override flags = { dir: dirFlag, output: outputFlag };

  async run(): Promise<void> {
    const { flags } = await this.parse(Versions);
    const folder = await this.folder(flags);
    const { computer } = await this.tools();
    const { versionsReport } = await import("../operations/versions.js");
    const { versionsText } = await import("../cli/text/versions.js");
    const report = await versionsReport({ folder, now: computer.now() });
    this.print(flags, report, () => versionsText(report));
  }
}
