import { Flags } from "@oclif/core";
import { ask } from "../../cli/ask.js";
import { BaseCommand, dirFlag, outputFlag, verboseFlag } from "../../cli/base-command.js";
import { withExitCodes } from "../../cli/exit-codes.js";
import { planFlags } from "../../cli/plan-flags.js";
import { userRemovedText } from "../../cli/text/user.js";
import { userArg } from "../../cli/user-flags.js";

export default class UserRemove extends BaseCommand {
  static override summary = "Take a user's access away.";
  static override description = withExitCodes(
    "Asks first. Role, token, account and quota go; the namespace with all that is in it goes only with --with-data, and " +
      "only if it was made for this user. A certificate is accepted until it ends, and may do nothing: the output says until " +
      "when. The same name added again does not bring old access back. Cut off at any moment, the same command continues.",
  );
  static override examples = [
    "<%= config.bin %> user remove anna --dry-run",
    "<%= config.bin %> user remove anna --yes",
    "<%= config.bin %> user remove anna --with-data",
  ];
  static override args = { name: userArg };
  static override flags = {
    "with-data": Flags.boolean({ description: "also the namespace and all that is in it", default: false }),
    yes: Flags.boolean({ char: "y", description: "do not ask", default: false }),
    ...planFlags,
    dir: dirFlag,
    output: outputFlag,
    verbose: verboseFlag,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(UserRemove);
    const asked = { name: args.name, withData: flags["with-data"] };
    if (flags["dry-run"]) {
      return this.plan(flags, async (input) => {
        const { planRemoveUser } = await import("../../operations/user/remove.js");
        return planRemoveUser({ ...input, ...asked });
      });
    }
    const confirm = (question: string): Promise<boolean> =>
      flags.yes ? Promise.resolve(true) : ask(question, `alpine-k8s user remove ${args.name} --yes`);
    const removed = await this.operate(flags, async (input) => {
      const { removeUser } = await import("../../operations/user/remove.js");
      return removeUser({ ...input, ...asked, confirm });
    });
    this.print(flags, removed, () => userRemovedText(removed));
  }
}
