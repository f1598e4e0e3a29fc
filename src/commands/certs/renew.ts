import { BaseCommand, dirFlag, outputFlag, verboseFlag } from "../../cli/base-command.js";
import { certsRenewedText } from "../../cli/text/certs.js";
import { planFlags } from "../../cli/plan-flags.js";
import { withExitCodes } from "../../cli/exit-codes.js";

export default class CertsRenew extends BaseCommand {
  static override summary = "Renew the certificates of the control plane and admin.config.";
  static override description = withExitCodes(
    "Runs kubeadm certs renew all on one master after the other, restarts the controller manager and the scheduler there, " +
      "waits until they are ready, and makes admin.config anew. Etcd and the API read the new certificates while they run, " +
      "and pods go on; an API whose certificate has expired already is restarted. Certificates with time left are renewed, " +
      "too; up does it by itself below 30 days. CAs are never renewed; kubelets renew their own. Cut off at any moment, the " +
      "same command, or up, continues.",
  );
  static override examples = [
    "<%= config.bin %> certs renew",
    "<%= config.bin %> certs renew -o json",
    "<%= config.bin %> certs renew --dry-run",
  ];
  static override flags = { ...planFlags, dir: dirFlag, output: outputFlag, verbose: verboseFlag };

  async run(): Promise<void> {
    const { flags } = await this.parse(CertsRenew);
    if (flags["dry-run"]) {
      return this.plan(flags, async (input) => {
        const { planCertsRenew } = await import("../../operations/certs/renew.js");
        return planCertsRenew(input);
      });
    }
    const renewed = await this.operate(flags, async (input) => {
      const { certsRenew } = await import("../../operations/certs/renew.js");
      return certsRenew(input);
    });
    this.print(flags, renewed, () => certsRenewedText(renewed));
  }
}
