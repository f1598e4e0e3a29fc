import { resolve } from "node:path";
import { Flags } from "@oclif/core";
import { addonArg } from "../../cli/addon-flags.js";
import { BaseCommand, outputFlag, verboseFlag } from "../../cli/base-command.js";
import { withExitCodes } from "../../cli/exit-codes.js";
import { planFlags } from "../../cli/plan-flags.js";
import { addonCreatedText } from "../../cli/text/addons.js";

export default class AddonsCreate extends BaseCommand {
  static override summary = "Make an add-on of your own of manifests, or of what helm template prints.";
  static override description = withExitCodes(
    "Writes an entry of a catalogue of your own, with the manifests beside it, their images and what their pods may do on " +
      "the nodes, and names the catalogue in the current folder's alpine-k8s.yaml, with comments kept. Helm's tests are left " +
      "out. An entry that is there already with another content is refused. Nothing is applied: that is addons enable.",
  );
  static override examples = [
    "<%= config.bin %> addons create shop --from shop.yaml --version 1.2.0",
    {
      description: "what helm template prints, behind a pipe",
      command: "<%= config.bin %> addons create shop --from - --namespace store",
    },
    "<%= config.bin %> addons create shop --from a.yaml --from b.yaml --dry-run",
  ];
  static override args = { name: addonArg };
  static override flags = {
    from: Flags.string({
      ...{ description: "manifests; - for standard input", multiple: true, required: true, helpValue: "FILE" },
    }),
    title: Flags.string({ description: "what it does, in a few words", helpValue: "TEXT" }),
    version: Flags.string({ description: "its release; what the manifests' labels say, else 1", helpValue: "VERSION" }),
    namespace: Flags.string({
      ...{ description: "where objects go that name none, as helm template leaves them", helpValue: "NAME" },
    }),
    dir: Flags.string({
      ...{ description: "the folder of the catalogue; made if need be", default: "addons", helpValue: "FOLDER" },
    }),
    ...planFlags,
    output: outputFlag,
    verbose: verboseFlag,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(AddonsCreate);
    const { from, title, version, namespace, dir, ...rest } = flags;
    const here = { ...rest, dir: "." };
    const asked = {
      ...{ name: args.name, title, version, namespace, catalogue: resolve(dir), stdin: () => process.stdin },
      from: from.map((file) => (file === "-" ? file : resolve(file))),
    };
    if (flags["dry-run"]) {
      return this.plan(here, async (input) => {
        const { planCreate } = await import("../../operations/addons/create.js");
        return planCreate({ ...input, ...asked });
      });
    }
    const created = await this.operate(here, async (input) => {
      const { createAddon } = await import("../../operations/addons/create.js");
      return createAddon({ ...input, ...asked });
    });
    this.print(flags, created, () => addonCreatedText(created));
  }
}
