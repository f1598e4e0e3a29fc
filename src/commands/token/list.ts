import { BaseCommand, dirFlag, outputFlag, verboseFlag } from "../../cli/base-command.js";
import { withExitCodes } from "../../cli/exit-codes.js";
import { table } from "../../cli/text/table.js";

export default class TokenList extends BaseCommand {
  static override summary = "List the bootstrap tokens that the cluster knows.";
  static override description = withExitCodes(
    "Asks the cluster's API for id, end, usages and description of each. The secret halves are not shown.",
  );
  static override examples = ["<%= config.bin %> token list", "<%= config.bin %> token list -o json"];
  static override flags = { dir: dirFlag, output: outputFlag, verbose: verboseFlag };

  async run(): Promise<void> {
    const { flags } = await this.parse(TokenList);
    const list = await this.operate(flags, async (input) => {
      const { listTokens } = await import("../../operations/token/token.js");
      return listTokens(input);
    });
    const row = (token: (typeof list.tokens)[number]): string[] => {
      const end = token.expires ?? "never";
      return [
        token.id,
        token.expired ? `${end} (expired)` : end,
        token.usages.join(",") || "-",
        token.description || "-",
      ];
    };
    this.print(flags, list, () =>
      list.tokens.length === 0
        ? `The cluster ${list.cluster} knows no bootstrap token; alpine-k8s up makes one when a node has to join.`
        : table(["id", "expires", "usages", "description"], list.tokens.map(row)),
    );
  }
}
