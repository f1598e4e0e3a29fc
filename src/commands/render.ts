import { Flags } from "@oclif/core";
import { BaseCommand, dirFlag, outputFlag, verboseFlag } from "../cli/base-command.js";
import { withExitCodes } from "../cli/exit-codes.js";
import { planFlags } from "../cli/plan-flags.js";
import { overridesFrom, specFlags } from "../cli/spec-flags.js";

export default class Render extends BaseCommand {
  static override summary = "Write the files that plain Vagrant needs, without starting anything.";
  static override description = withExitCodes(
    "Needs neither Vagrant nor a network. Files that were edited by hand are used as they are; --force renews them and " +
      "keeps a backup beside each.",
  );
  static override examples = [
    "<%= config.bin %> render",
    "<%= config.bin %> render --vagrant-provider virtualbox",
    "<%= config.bin %> render --force",
    "<%= config.bin %> render --dry-run",
  ];
  static override flags = {
    ...specFlags,
    ...planFlags,
    force: Flags.boolean({ description: "renew files that were edited by hand, keeping backups", default: false }),
    dir: dirFlag,
    output: outputFlag,
    verbose: verboseFlag,
  };

  protected override makesFolder = true;

  async run(): Promise<void> {
    const { flags } = await this.parse(Render);
    if (flags["dry-run"]) {
      return this.plan(flags, async (input) => {
        const { planRender } = await import("../operations/folder/render.js");
        return planRender({ ...input, overrides: overridesFrom(flags), force: flags.force });
      });
    }
    const summary = await this.operate(flags, async (input) => {
      const { renderCluster } = await import("../operations/folder/render.js");
      return renderCluster({ ...input, overrides: overridesFrom(flags), force: flags.force });
    });
    this.print(flags, summary, () =>
      [
        `Rendered cluster ${summary.cluster}: ${summary.written.join(", ") || "nothing changed"}.`,
        ...summary.edited.map((name) => `${name} was edited by hand and left (--force renews it).`),
        ...summary.backups.map((name) => `Backup: ${name}`),
      ].join("\n"),
    );
  }
}
