import { Args, Flags } from "@oclif/core";
import { dirFlag, outputFlag, verboseFlag } from "../../cli/base-command.js";
import { withExitCodes } from "../../cli/exit-codes.js";
import { addressLines } from "../../cli/text/tunnel.js";
import { TunnelCommand, tunnelFlags } from "../../cli/tunnel-command.js";

export default class AddonsOpen extends TunnelCommand {
  static override summary = "Open the pages of an add-on in a browser.";
  static override description = withExitCodes(
    "Listens on 127.0.0.1 and passes each connection on through the API to a pod of the add-on, without kubectl. Prints " +
      "the address; in a terminal a browser opens, under ssh the line for a tunnel is printed instead. Goes on until " +
      "Ctrl-C, and exits 130. For a dashboard with a token for it: dashboard.",
  );
  static override examples = [
    "<%= config.bin %> addons open headlamp",
    {
      description: "at the same address each time",
      command: "<%= config.bin %> addons open headlamp --port 8001 --print",
    },
  ];
  static override args = {
    name: Args.string({ description: "name of the add-on", name: "NAME", required: true }),
  };
  static override flags = {
    ...tunnelFlags,
    print: Flags.boolean({ description: "print the address, open no browser", aliases: ["no-open"] }),
    dir: dirFlag,
    output: outputFlag,
    verbose: verboseFlag,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(AddonsOpen);
    await this.untilInterrupted(flags, async (input) => {
      const { openAddon } = await import("../../operations/addons/open.js");
      return openAddon({
        ...{ ...input, name: args.name, port: flags.port, insecureListen: flags["insecure-listen"] },
        onOpen: (opened) =>
          this.show(flags, opened, ({ addon, address }, login) =>
            [...addressLines(addon, address, login), "Ctrl-C ends it."].join("\n"),
          ),
      });
    });
  }
}
