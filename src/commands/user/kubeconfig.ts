import { BaseCommand, dirFlag, outputFlag, verboseFlag } from "../../cli/base-command.js";
import { withExitCodes } from "../../cli/exit-codes.js";
import { userKubeconfigText } from "../../cli/text/user.js";
import { fileFlag, pathOf, userArg } from "../../cli/user-flags.js";

export default class UserKubeconfig extends BaseCommand {
  static override summary = "Write a user's kubeconfig once more.";
  static override description = withExitCodes(
    "For one that was lost, and when the address of the cluster's API has changed. A token is a new one that ends with the first. The key of a " +
      "certificate is only in the file that was written: where that is gone, user renew makes a new one.",
  );
  static override examples = [
    "<%= config.bin %> user kubeconfig anna",
    "<%= config.bin %> user kubeconfig anna --file /media/stick/anna.config",
  ];
  static override args = { name: userArg };
  static override flags = { file: fileFlag, dir: dirFlag, output: outputFlag, verbose: verboseFlag };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(UserKubeconfig);
    const written = await this.operate(flags, async (input) => {
      const { userKubeconfig } = await import("../../operations/user/kubeconfig.js");
      return userKubeconfig({ ...input, name: args.name, file: pathOf(flags.file) });
    });
    this.print(flags, written, () => userKubeconfigText(written));
  }
}
