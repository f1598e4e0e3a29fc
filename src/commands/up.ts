import { Flags } from "@oclif/core";
import { BaseCommand, dirFlag, outputFlag, verboseFlag } from "../cli/base-command.js";
import { withExitCodes } from "../cli/exit-codes.js";
import { planFlags } from "../cli/plan-flags.js";
import { downloadBar } from "../cli/progress/download-bar.js";
import { overridesFrom, specFlags } from "../cli/spec-flags.js";
import { upText } from "../cli/text/up.js";

export default class Up extends BaseCommand {
  static override summary = "Bring the cluster of a folder up, or continue where an earlier run ended.";
  static override description = withExitCodes(
    "Looks at what exists and does what is missing; can be run again after any failure, Ctrl-C or reboot. Nothing is " +
      "destroyed. An empty folder gives one master and two minions with Canal, metrics-server and Headlamp; " +
      "alpine-k8s.yaml in the folder says otherwise, and flags override it.",
  );
  static override examples = [
    { description: "one master, two minions", command: "<%= config.bin %> up" },
    { description: "another number of minions", command: "<%= config.bin %> up --minions 3" },
    { description: "what was done, for a program", command: "<%= config.bin %> up -o json" },
    { description: "what would be done", command: "<%= config.bin %> up --dry-run" },
  ];
  static override flags = {
    ...specFlags,
    "build-box": Flags.boolean({ description: "build the box when it is not here", default: true, allowNo: true }),
    wait: Flags.option({
      description: "what the run waits for at its end: the cluster itself, or its add-ons, too",
      options: ["cluster", "addons"] as const,
      default: "cluster",
    })(),
    ...planFlags,
    dir: dirFlag,
    output: outputFlag,
    verbose: verboseFlag,
  };

  protected override makesFolder = true;

  async run(): Promise<void> {
    const { flags } = await this.parse(Up);
    if (flags["dry-run"]) {
      return this.plan(flags, async (input) => {
        const { planUp } = await import("../operations/up/up.js");
        return planUp({ ...input, overrides: overridesFrom(flags), buildsBox: flags["build-box"] });
      });
    }
    const summary = await this.operate(flags, async (input) => {
      const { up } = await import("../operations/up/up.js");
      const onImageBytes = downloadBar(input.progress, "image");
      const { wait: waitFor, "build-box": buildsBox } = flags;
      return up({ ...input, overrides: overridesFrom(flags), buildsBox, onImageBytes, waitFor });
    });
    this.print(flags, summary, () => upText(summary));
  }
}
