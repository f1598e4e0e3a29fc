import { Args, Flags } from "@oclif/core";
import { BaseCommand, dirFlag, outputFlag, verboseFlag } from "../../cli/base-command.js";
import { withExitCodes } from "../../cli/exit-codes.js";
import { planFlags } from "../../cli/plan-flags.js";
import { removedBoxesText } from "../../cli/text/box.js";

export default class BoxRemove extends BaseCommand {
  static override summary = "Remove a box from Vagrant, and the build that it came from.";
  static override description = withExitCodes(
    "Refused while machines of a folder were made of it: they need it to be made again. Nothing else is removed.",
  );
  static override examples = [
    "<%= config.bin %> box remove alpine-3.24-containerd-kubernetes-v1.36.1",
    "<%= config.bin %> box remove alpine-3.24-containerd-kubernetes-v1.36.1 --provider virtualbox --dry-run",
  ];
  static override args = { name: Args.string({ description: "name of the box", required: true }) };
  static override flags = {
    provider: Flags.string({ description: "only the box for this provider", helpValue: "NAME" }),
    "box-version": Flags.string({ description: "only this version", helpValue: "VERSION" }),
    ...planFlags,
    dir: dirFlag,
    output: outputFlag,
    verbose: verboseFlag,
  };

  async run(): Promise<void> {
    const { flags, args } = await this.parse(BoxRemove);
    const asked = { name: args.name, provider: flags.provider, version: flags["box-version"] };
    const { planRemoveBoxes, removeBoxes } = await import("../../operations/box/remove.js");
    if (flags["dry-run"]) return this.plan(flags, (input) => planRemoveBoxes({ ...input, ...asked }));
    const removed = await this.operate(flags, (input) => removeBoxes({ ...input, ...asked }));
    this.print(flags, removed, () => removedBoxesText(removed));
  }
}
