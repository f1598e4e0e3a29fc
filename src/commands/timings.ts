import { resolve } from "node:path";
import { Args, Flags } from "@oclif/core";
import { BaseCommand, dirFlag, outputFlag } from "../cli/base-command.js";
import { withExitCodes } from "../cli/exit-codes.js";
import { comparisonText } from "../cli/text/timings-against.js";
import { timingsText } from "../cli/text/timings.js";

export default class Timings extends BaseCommand {
  static override summary = "Show where the time of a run went.";
  static override description = withExitCodes(
    "By step and node: seconds, the share of the whole, waits apart from work, and the critical path, which is what " +
      "determined how long the run took. Reads the run's log in the folder, also of a run that failed or was killed; it " +
      "asks no machine and changes nothing. Runs are the folders below .alpine-k8s/logs.",
  );
  static override examples = [
    { description: "the last run", command: "<%= config.bin %> timings" },
    { description: "another one", command: "<%= config.bin %> timings 2026-01-31T12-00-00-000Z-up" },
    { description: "as a picture", command: "<%= config.bin %> timings --svg up.svg" },
    {
      description: "what became slower since then",
      command: "<%= config.bin %> timings --against 2026-01-31T12-00-00-000Z-up",
    },
    { description: "for a program", command: "<%= config.bin %> timings -o json" },
  ];
  static override args = { run: Args.string({ description: "name of a run; default: the last one" }) };
  static override flags = {
    against: Flags.string({ description: "also compare with this earlier run, step by step", helpValue: "RUN" }),
    svg: Flags.string({ description: "also draw the time line as a picture for browsers", helpValue: "FILE" }),
    force: Flags.boolean({
      description: "with --svg: replace FILE, even when it is no picture of ours",
      dependsOn: ["svg"],
    }),
    dir: dirFlag,
    output: outputFlag,
  };

  async run(): Promise<void> {
    const { flags, args } = await this.parse(Timings);
    const { against, svg, force = false } = flags;
    const folder = await this.folder(flags);
    const { readTimings } = await import("../operations/timings/read-timings.js");
    const file = svg === undefined ? undefined : resolve(svg);
    const timings = await readTimings({ folder, run: args.run, against, svg: file, force });
    this.print(flags, timings, () => [timingsText(timings), ...comparisonText(timings)].join("\n"));
  }
}
