import { BaseCommand, dirFlag, outputFlag, verboseFlag } from "../../cli/base-command.js";
import { certsStatusText } from "../../cli/text/certs.js";
import { withExitCodes } from "../../cli/exit-codes.js";
import { EXIT_CODES } from "../../base/errors.js";

export default class CertsStatus extends BaseCommand {
  static override summary = "Show every certificate of the cluster, when it ends and who renews it.";
  static override description = withExitCodes(
    "Looks only: at this computer's files and, in one round trip, at each node's. One that ends in less than 30 days is " +
      "told, with what to type. Exits 4 when one has expired or cannot be read, or when a node does not answer.",
  );
  static override examples = ["<%= config.bin %> certs status", "<%= config.bin %> certs status -o json"];
  static override flags = { dir: dirFlag, output: outputFlag, verbose: verboseFlag };

  async run(): Promise<void> {
    const { flags } = await this.parse(CertsStatus);
    const status = await this.operate(flags, async (input) => {
      const { certsStatus } = await import("../../operations/certs/status.js");
      return certsStatus(input);
    });
    this.print(flags, status, () => certsStatusText(status));
    if (!status.healthy) this.exit(EXIT_CODES.unhealthy);
  }
}
