import { resolve } from "node:path";
import { Args, Flags } from "@oclif/core";
import { BaseCommand, outputFlag, verboseFlag } from "../../cli/base-command.js";
import { withExitCodes } from "../../cli/exit-codes.js";
import { addonsFetchedText } from "../../cli/text/addons.js";

export default class AddonsFetch extends BaseCommand {
  static override summary = "Download the manifests of the catalogue's add-ons.";
  static override description = withExitCodes(
    "For the Kubernetes version of the current folder's cluster or spec, or for a given one. Each file is verified, stays as " +
      "its makers have it, and is named NAME-VERSION-N.yaml. Without a name all add-ons that have a release.",
  );
  static override examples = [
    "<%= config.bin %> addons fetch --dir manifests",
    "<%= config.bin %> addons fetch --dir manifests --kubernetes v1.36.1 canal",
  ];
  static override strict = false;
  static override args = {
    names: Args.string({ description: "names of add-ons", name: "NAME..." }),
  };
  static override flags = {
    dir: Flags.string({ description: "where the files go; made if need be", required: true, helpValue: "FOLDER" }),
    kubernetes: Flags.string({ description: "version of Kubernetes", helpValue: "VERSION" }),
    output: outputFlag,
    verbose: verboseFlag,
  };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(AddonsFetch);
    const { dir, kubernetes, ...rest } = flags;
    const fetched = await this.operate({ ...rest, dir: "." }, async (input) => {
      const { fetchAddons } = await import("../../operations/addons/fetch.js");
      return fetchAddons({ ...input, target: resolve(dir), names: argv.map(String), kubernetes });
    });
    this.print(flags, fetched, () => addonsFetchedText(fetched));
  }
}
