import { Args } from "@oclif/core";
import { BaseCommand, dirFlag, outputFlag, verboseFlag } from "../../cli/base-command.js";
import { EXIT_CODES } from "../../base/errors.js";
import { withExitCodes } from "../../cli/exit-codes.js";
import { verificationText } from "../../cli/text/box.js";

export default class BoxVerify extends BaseCommand {
  static override summary = "Compare the disks of boxes with the sums that they were built with.";
  static override description = withExitCodes(
    "Reads the boxes that Vagrant has here. Those that alpine-k8s has built carry the sums of their disks; of others " +
      "nothing is known. Exit code 4 when one was changed.",
  );
  static override examples = [
    "<%= config.bin %> box verify",
    "<%= config.bin %> box verify alpine-3.24-containerd-kubernetes-v1.36.1",
  ];
  static override args = { name: Args.string({ description: "name of a box; default: all" }) };
  static override flags = { dir: dirFlag, output: outputFlag, verbose: verboseFlag };

  async run(): Promise<void> {
    const { flags, args } = await this.parse(BoxVerify);
    const result = await this.operate(flags, async (input) => {
      const { verifyBoxes } = await import("../../operations/box/verify.js");
      return verifyBoxes(input, args.name);
    });
    this.print(flags, result, () => verificationText(result));
    if (result.boxes.some(({ state }) => state === "changed")) this.exit(EXIT_CODES.node);
  }
}
