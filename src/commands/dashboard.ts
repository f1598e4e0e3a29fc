import { Flags } from "@oclif/core";
import { dirFlag, outputFlag, verboseFlag } from "../cli/base-command.js";
import { withExitCodes } from "../cli/exit-codes.js";
import { dashboardText } from "../cli/text/dashboard.js";
import { TunnelCommand, tunnelFlags } from "../cli/tunnel-command.js";
import type { OpenedDashboard } from "../operations/dashboard/dashboard.js";

const ROLES = ["view", "edit", "admin"] as const;

export default class Dashboard extends TunnelCommand {
  static override summary = "Open the cluster's dashboard in a browser, with a token for one hour.";
  static override description = withExitCodes(
    "Opens Headlamp, or the Kubernetes Dashboard when the cluster has that. Listens on 127.0.0.1 and passes each " +
      "connection on through the API, without kubectl. Prints address and token; in a terminal a browser opens, under " +
      "ssh the line for a tunnel is printed instead. Goes on until Ctrl-C, which takes the token's account away and " +
      "exits 130.",
  );
  static override examples = [
    "<%= config.bin %> dashboard",
    { description: "one that may change things", command: "<%= config.bin %> dashboard --role edit" },
    { description: "at the same address each time", command: "<%= config.bin %> dashboard --port 8001 --print" },
    "<%= config.bin %> dashboard -o json",
  ];
  static override flags = {
    role: Flags.option({
      description: "what the token may do: see most things, change most things, or everything",
      options: ROLES,
      default: "view" as const,
    })(),
    print: Flags.boolean({ description: "print address and token, open no browser", aliases: ["no-open"] }),
    ...tunnelFlags,
    dir: dirFlag,
    output: outputFlag,
    verbose: verboseFlag,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Dashboard);
    await this.untilInterrupted(flags, async (input) => {
      const { openDashboard } = await import("../operations/dashboard/dashboard.js");
      const { role, port, "insecure-listen": insecureListen } = flags;
      const onOpen = (opened: OpenedDashboard): void => this.show(flags, opened, dashboardText);
      return openDashboard({ ...input, role, port, insecureListen, onOpen });
    });
  }
}
