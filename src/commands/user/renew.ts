import { BaseCommand, dirFlag, outputFlag, verboseFlag } from "../../cli/base-command.js";
import { withExitCodes } from "../../cli/exit-codes.js";
import { planFlags } from "../../cli/plan-flags.js";
import { userRenewedText } from "../../cli/text/user.js";
import { fileFlag, issueFlags, pathOf, userArg } from "../../cli/user-flags.js";

export default class UserRenew extends BaseCommand {
  static override summary = "Give a user a new token or certificate, and end the old one.";
  static override description = withExitCodes(
    "Writes the kubeconfig anew: over the one of before, which is known by its names and the cluster's CA, and over no other file. An old " +
      "token is refused at once; an old certificate is accepted until it ends, and may do nothing. Puts back what was " +
      "deleted of namespace, quota and role. Cut off at any moment, the same command continues.",
  );
  static override examples = [
    "<%= config.bin %> user renew anna",
    "<%= config.bin %> user renew anna --days 30",
    "<%= config.bin %> user renew anna --csr anna.csr",
  ];
  static override args = { name: userArg };
  static override flags = {
    ...issueFlags,
    file: fileFlag,
    ...planFlags,
    dir: dirFlag,
    output: outputFlag,
    verbose: verboseFlag,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(UserRenew);
    const asked = { name: args.name, days: flags.days, csr: pathOf(flags.csr), file: pathOf(flags.file) };
    if (flags["dry-run"]) {
      return this.plan(flags, async (input) => {
        const { planRenewUser } = await import("../../operations/user/renew.js");
        return planRenewUser({ ...input, ...asked });
      });
    }
    const renewed = await this.operate(flags, async (input) => {
      const { renewUser } = await import("../../operations/user/renew.js");
      return renewUser({ ...input, ...asked });
    });
    this.print(flags, renewed, () => userRenewedText(renewed));
  }
}
