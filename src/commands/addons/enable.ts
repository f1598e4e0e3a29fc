import { resolve } from "node:path";
import { Flags } from "@oclif/core";
import { addonArg, applyFlags, applyWish } from "../../cli/addon-flags.js";
import { BaseCommand, dirFlag, outputFlag, verboseFlag } from "../../cli/base-command.js";
import { withExitCodes } from "../../cli/exit-codes.js";
import { planFlags } from "../../cli/plan-flags.js";
import { addonChangedText } from "../../cli/text/addons.js";

export default class AddonsEnable extends BaseCommand {
  static override summary = "Enable an add-on: in the spec and in the cluster.";
  static override description = withExitCodes(
    "Writes it into alpine-k8s.yaml, with comments kept, downloads and applies its manifest, and waits until it works. NAME " +
      "is one of the catalogue, with @VERSION for a release of it, or any name with a manifest of your own. Fields that " +
      "others have changed are shown, and nothing is done, without --force-conflicts. Cut off at any moment, the same " +
      "command, or up, continues.",
  );
  static override examples = [
    "<%= config.bin %> addons enable canal",
    "<%= config.bin %> addons enable canal@v3.32.1 --dry-run",
    { description: "a manifest of your own", command: "<%= config.bin %> addons enable shop --manifest shop.yaml" },
  ];
  static override args = { name: addonArg };
  static override flags = {
    set: Flags.string({
      ...{ description: "a value of one of its parameters", multiple: true, default: [], helpValue: "NAME=VALUE" },
    }),
    manifest: Flags.string({ description: "a file or URL instead of the catalogue's", helpValue: "FILE|URL" }),
    sha256: Flags.string({ description: "sum of the manifest; needed for a URL", dependsOn: ["manifest"] }),
    ...applyFlags,
    ...planFlags,
    dir: dirFlag,
    output: outputFlag,
    verbose: verboseFlag,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(AddonsEnable);
    const [name = "", version] = args.name.split(/@(.*)/s);
    const { set, manifest, sha256 } = flags;
    const path = manifest === undefined || /^https?:\/\//.test(manifest) ? manifest : resolve(manifest);
    const asked = { name, wish: { name, version, set, manifest: path, sha256 }, ...applyWish(flags) };
    if (flags["dry-run"]) {
      return this.plan(flags, async (input) => {
        const { planEnable } = await import("../../operations/addons/enable.js");
        return planEnable({ ...input, ...asked });
      });
    }
    const changed = await this.operate(flags, async (input) => {
      const { enableAddon } = await import("../../operations/addons/enable.js");
      return enableAddon({ ...input, ...asked });
    });
    this.print(flags, changed, () => addonChangedText(changed));
  }
}
