import { Flags } from "@oclif/core";
import { BaseCommand, dirFlag } from "../../cli/base-command.js";
import { withExitCodes } from "../../cli/exit-codes.js";

export default class ConfigShow extends BaseCommand {
  static override summary = "Show the spec with every default filled in.";
  static override description = withExitCodes(
    "Prints what up would use, also when there is no alpine-k8s.yaml, with what the cluster pins when there is one. " +
      "The output is valid as alpine-k8s.yaml. Users, passwords and other secrets are shown as ***. Reads the folder " +
      "only.",
  );
  static override examples = [
    "<%= config.bin %> config show",
    "<%= config.bin %> config show -o json",
    "<%= config.bin %> config show --dir demo",
  ];
  static override flags = {
    dir: dirFlag,
    output: Flags.string({
      char: "o",
      description: "format of the spec on standard output",
      options: ["yaml", "json"],
      default: "yaml",
    }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(ConfigShow);
    const folder = await this.folder(flags);
    const { showConfig } = await import("../../operations/folder/config.js");
    const { document, yaml } = await showConfig(folder);
    this.print(flags, document, () => yaml.trimEnd());
  }
}
