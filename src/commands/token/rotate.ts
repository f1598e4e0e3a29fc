import { BaseCommand, dirFlag, outputFlag, verboseFlag } from "../../cli/base-command.js";
import { planFlags } from "../../cli/plan-flags.js";
import { withExitCodes } from "../../cli/exit-codes.js";

export default class TokenRotate extends BaseCommand {
  static override summary = "Replace the token of the folder and revoke the old one.";
  static override description = withExitCodes(
    "Makes a new random token in the cluster with two hours to live, writes it into cluster-token (mode 0600), and " +
      "revokes what cluster-token held before. Nodes that have joined do not need a token. Can be run again after it " +
      "was ended at any point.",
  );
  static override examples = [
    "<%= config.bin %> token rotate",
    "<%= config.bin %> token rotate -o json",
    "<%= config.bin %> token rotate --dry-run",
  ];
  static override flags = { ...planFlags, dir: dirFlag, output: outputFlag, verbose: verboseFlag };

  async run(): Promise<void> {
    const { flags } = await this.parse(TokenRotate);
    if (flags["dry-run"]) {
      return this.plan(flags, async (input) => {
        const { planRotation } = await import("../../operations/token/rotate.js");
        return planRotation(input);
      });
    }
    const rotated = await this.operate(flags, async (input) => {
      const { rotateToken } = await import("../../operations/token/rotate.js");
      return rotateToken(input);
    });
    this.print(flags, rotated, () =>
      [
        `${rotated.file} holds the new token ${rotated.id}, valid until ${rotated.expires}.`,
        `Revoked: ${rotated.revoked.join(", ") || "none was there"}.`,
      ].join("\n"),
    );
  }
}
