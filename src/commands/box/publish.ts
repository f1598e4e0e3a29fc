import { resolve } from "node:path";
import { Args, Flags } from "@oclif/core";
import { BaseCommand, dirFlag, outputFlag, verboseFlag } from "../../cli/base-command.js";
import { withExitCodes } from "../../cli/exit-codes.js";
import { publishedText } from "../../cli/text/box.js";

export default class BoxPublish extends BaseCommand {
  static override summary = "Put a box into a folder that any web server can show.";
  static override description = withExitCodes(
    "Copies the newest build of the box and lists it in the folder's catalogue, NAME.json, beside the versions that are " +
      "there. Users name the catalogue in spec.vagrant.boxCatalog; Vagrant compares the sums and finds newer versions.",
  );
  static override examples = [
    {
      description: "into a folder of this computer",
      command: "<%= config.bin %> box publish alpine-3.24-containerd-kubernetes-v1.36.1 --to boxes",
    },
    {
      description: "for a web server",
      command:
        "<%= config.bin %> box publish alpine-3.24-containerd-kubernetes-v1.36.1 --to public --url https://boxes.example.com",
    },
  ];
  static override args = { name: Args.string({ description: "name of a box that was built here", required: true }) };
  static override flags = {
    to: Flags.string({ description: "the folder", required: true, helpValue: "FOLDER" }),
    url: Flags.string({ description: "where the web server shows it", helpValue: "URL" }),
    dir: dirFlag,
    output: outputFlag,
    verbose: verboseFlag,
  };

  async run(): Promise<void> {
    const { flags, args } = await this.parse(BoxPublish);
    const published = await this.operate(flags, async (input) => {
      const { publishBox } = await import("../../operations/box/publish.js");
      return publishBox({ ...input, name: args.name, to: resolve(flags.to), url: flags.url });
    });
    this.print(flags, published, () => publishedText(published));
  }
}
