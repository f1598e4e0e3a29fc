import { BaseCommand, dirFlag, outputFlag, verboseFlag } from "../../cli/base-command.js";
import { withExitCodes } from "../../cli/exit-codes.js";
import { tokenText } from "../../cli/text/token.js";

export default class TokenShow extends BaseCommand {
  static override summary = "Tell whether nodes can join with the token of the folder.";
  static override description = withExitCodes(
    "Looks at the file cluster-token and asks the cluster's API whether it takes that token, and until when. The token " +
      "itself is not shown: it is in the file, for programs to read from there.",
  );
  static override examples = ["<%= config.bin %> token show", "<%= config.bin %> token show -o json"];
  static override flags = { dir: dirFlag, output: outputFlag, verbose: verboseFlag };

  async run(): Promise<void> {
    const { flags } = await this.parse(TokenShow);
    const shown = await this.operate(flags, async (input) => {
      const { showToken } = await import("../../operations/token/token.js");
      return showToken(input);
    });
    this.print(flags, shown, () => tokenText(shown));
  }
}
