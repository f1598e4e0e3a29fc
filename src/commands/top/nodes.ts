import { TopCommand, topFlags } from "../../cli/top-command.js";
import { withExitCodes } from "../../cli/exit-codes.js";
import { topNodesText } from "../../cli/text/top.js";

export default class TopNodes extends TopCommand {
  static override summary = "Show what CPU and memory each node uses.";
  static override description = withExitCodes(
    "By the metrics API, which the add-on metrics-server serves; without it exit code 3. Shares are of what pods may use " +
      "of a node. Memory is the working set. --watch looks again every two seconds, redraws the table in a terminal, and " +
      "prints one after the other in a pipe; Ctrl-C ends it with exit code 0. Changes nothing.",
  );
  static override examples = [
    "<%= config.bin %> top nodes",
    { description: "by memory, again and again", command: "<%= config.bin %> top nodes --sort memory --watch" },
    { description: "for a program", command: "<%= config.bin %> top nodes -o json" },
  ];
  static override flags = topFlags;

  async run(): Promise<void> {
    const { flags } = await this.parse(TopNodes);
    await this.show(
      flags,
      async (input) => {
        const { topNodes } = await import("../../operations/top/top-nodes.js");
        return topNodes({ ...input, sort: flags.sort });
      },
      topNodesText,
    );
  }
}
