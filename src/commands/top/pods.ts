import { Flags } from "@oclif/core";
import { TopCommand, topFlags } from "../../cli/top-command.js";
import { withExitCodes } from "../../cli/exit-codes.js";
import { topPodsText } from "../../cli/text/top.js";

export default class TopPods extends TopCommand {
  static override summary = "Show what CPU and memory each running pod uses.";
  static override description = withExitCodes(
    "By the metrics API, which the add-on metrics-server serves; without it exit code 3. Each pod's figures are the sum of " +
      "its containers; memory is the working set. Pods of all namespaces and nodes, unless asked for fewer. --watch looks " +
      "again every two seconds, redraws the table in a terminal, and prints one after the other in a pipe; Ctrl-C ends it " +
      "with exit code 0. Changes nothing.",
  );
  static override examples = [
    "<%= config.bin %> top pods",
    { description: "the ten that use the most memory", command: "<%= config.bin %> top pods --sort memory --limit 10" },
    { description: "of one namespace on one node", command: "<%= config.bin %> top pods -n default --node minion1" },
    { description: "for a program", command: "<%= config.bin %> top pods -o json" },
  ];
  static override flags = {
    namespace: Flags.string({ char: "n", description: "only pods of this namespace", helpValue: "NAMESPACE" }),
    node: Flags.string({ description: "only pods on this node: its name, short or full", helpValue: "NODE" }),
    limit: Flags.integer({ description: "only the first so many, as sorted", helpValue: "N", min: 1, max: 1_000_000 }),
    ...topFlags,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(TopPods);
    const { sort, namespace, node, limit } = flags;
    await this.show(
      flags,
      async (input) => {
        const { topPods } = await import("../../operations/top/top-pods.js");
        return topPods({ ...input, sort, namespace, node, limit });
      },
      topPodsText,
    );
  }
}
