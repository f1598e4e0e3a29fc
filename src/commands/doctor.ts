import { Flags } from "@oclif/core";
import { BaseCommand, dirFlag, outputFlag } from "../cli/base-command.js";
import { doctorText } from "../cli/text/doctor.js";
import { withExitCodes } from "../cli/exit-codes.js";

export default class Doctor extends BaseCommand {
  static override summary = "Check this computer, the folder and the nodes, and say what to do.";
  static override description = withExitCodes(
    "Tells what is wrong, each with what was seen and one command to type; --verbose also what is in order. Works without " +
      "a cluster and without Vagrant. Changes nothing without --fix; with it only what is ours and safe: modes of secret " +
      "files, a lock that a dead run left, conditions of nodes that shared.sh makes so, clocks of machines made by " +
      "Vagrant. Exits 3 when all errors are of this computer, 4 when one is of the folder or of a node.",
  );
  static override examples = [
    "<%= config.bin %> doctor",
    "<%= config.bin %> doctor --fix",
    "<%= config.bin %> doctor --verbose",
    "<%= config.bin %> doctor -o json",
  ];
  static override flags = {
    fix: Flags.boolean({ description: "repair what is ours and safe to repair", default: false }),
    dir: dirFlag,
    output: outputFlag,
    verbose: Flags.boolean({ description: "also show what is in order, and what the nodes say", default: false }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Doctor);
    const { report, code } = await this.operate(flags, async (input) => {
      const { doctor, doctorExitCode } = await import("../operations/doctor/doctor.js");
      const found = await doctor({ ...input, fix: flags.fix });
      return { report: found, code: doctorExitCode(found) };
    });
    this.print(flags, report, () => doctorText(report, flags));
    if (code !== 0) this.exit(code);
  }
}
