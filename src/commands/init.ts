import { Flags } from "@oclif/core";
import { BaseCommand, dirFlag, outputFlag } from "../cli/base-command.js";
import { withExitCodes } from "../cli/exit-codes.js";

export default class Init extends BaseCommand {
  static override summary = "Write a commented alpine-k8s.yaml to start from.";
  static override description = withExitCodes(
    "The file means the defaults, and says in comments what else it could say. A file that is there already is never " +
      "touched. alpine-k8s up needs no file, except for machines that exist already (provider hosts).",
  );
  static override examples = [
    "<%= config.bin %> init",
    "<%= config.bin %> init --provider hosts",
    "<%= config.bin %> init --dir demo --name demo",
  ];
  static override flags = {
    name: Flags.string({ description: "name of the cluster; default: the folder's name", helpValue: "NAME" }),
    provider: Flags.option({
      description: "machines made by Vagrant (default), or hosts that exist already",
      options: ["vagrant", "hosts"] as const,
    })(),
    dir: dirFlag,
    output: outputFlag,
  };

  protected override makesFolder = true;

  async run(): Promise<void> {
    const { flags } = await this.parse(Init);
    const folder = await this.folder(flags);
    const { initFolder } = await import("../operations/folder/init.js");
    const summary = await initFolder({ folder, name: flags.name, provider: flags.provider });
    this.print(flags, summary, () =>
      [
        `Wrote ${summary.file} for cluster ${summary.cluster}.`,
        "Next:",
        ...summary.next.map((line) => `  ${line}`),
      ].join("\n"),
    );
  }
}
