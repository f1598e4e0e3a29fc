import { BaseCommand, dirFlag, outputFlag, verboseFlag } from "../../cli/base-command.js";
import { withExitCodes } from "../../cli/exit-codes.js";
import { userListText } from "../../cli/text/user.js";

export default class UserList extends BaseCommand {
  static override summary = "List the users: role, quota used, end, and what was refused last.";
  static override description = withExitCodes(
    "Asks the cluster, which has the only record. What was refused is named because it is shown nowhere else: a Deployment that a " +
      "quota stops has no pods and no error. The cluster remembers it for an hour. Changes nothing.",
  );
  static override examples = ["<%= config.bin %> user list", "<%= config.bin %> user list -o json"];
  static override flags = { dir: dirFlag, output: outputFlag, verbose: verboseFlag };

  async run(): Promise<void> {
    const { flags } = await this.parse(UserList);
    const list = await this.operate(flags, async (input) => {
      const { listUsers } = await import("../../operations/user/list.js");
      return listUsers(input);
    });
    this.print(flags, list, () => userListText(list));
  }
}
