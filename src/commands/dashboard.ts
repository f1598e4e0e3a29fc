import { setMaxListeners } from "node:events";
import { userInfo } from "node:os";
import { Flags } from "@oclif/core";
import { BaseCommand, dirFlag, outputFlag, verboseFlag } from "../cli/base-command.js";
import { withExitCodes } from "../cli/exit-codes.js";
import { openBrowser } from "../cli/open-browser.js";
import { dashboardText, sshLogin } from "../cli/text/dashboard.js";
import type { OpenedDashboard } from "../operations/dashboard/dashboard.js";
import { AlpineK8sError, EXIT_CODES } from "../base/errors.js";

const ROLES = ["view", "edit", "admin"] as const;

export default class Dashboard extends BaseCommand {
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
    port: Flags.integer({
      description: "port of this computer; default: one that is free",
      helpValue: "PORT",
      min: 1,
      max: 65_535,
    }),
    print: Flags.boolean({ description: "print address and token, open no browser", aliases: ["no-open"] }),
    "insecure-listen": Flags.string({
      description: "listen on this address of this computer instead of 127.0.0.1: others reach the dashboard, too",
      helpValue: "ADDRESS",
    }),
    dir: dirFlag,
    output: outputFlag,
    verbose: verboseFlag,
  };

  /** Ctrl-C is its only end. */
  protected override readonly endsByInterrupt = true;

  /** Shows an address in the user's browser; tests replace it. */
  protected readonly openBrowser: (address: string) => Promise<boolean> = openBrowser;

  async run(): Promise<void> {
    const { flags } = await this.parse(Dashboard);
    const hungUp = new AbortController();
    // A terminal that goes away ends it as well: nothing may stay.
    const onHangUp = (): void => hungUp.abort(new AlpineK8sError("interrupted", "the terminal has gone"));
    process.on("SIGHUP", onHangUp);
    try {
      await this.operate(flags, async (input) => {
        const { openDashboard } = await import("../operations/dashboard/dashboard.js");
        const signal = AbortSignal.any([input.signal, hungUp.signal]);
        setMaxListeners(0, signal);
        const { role, port, "insecure-listen": insecureListen } = flags;
        const onOpen = (opened: OpenedDashboard): void => this.show(flags, opened);
        await openDashboard({ ...input, ...{ role, port, insecureListen, signal, onOpen } });
      });
    } catch (error) {
      // Ending it is not a failure and needs no message; 130 is the code that a shell expects after Ctrl-C.
      if (!(error instanceof AlpineK8sError) || error.kind !== "interrupted") throw error;
      this.exit(EXIT_CODES.interrupted);
    } finally {
      process.off("SIGHUP", onHangUp);
    }
  }

  private show(flags: { readonly output: string; readonly print: boolean }, opened: OpenedDashboard): void {
    const connection = process.env["SSH_CONNECTION"];
    this.print(flags, opened, () => dashboardText(opened, sshLogin(connection, userInfo().username)));
    const isAsked = !flags.print && flags.output !== "json" && process.stdout.isTTY;
    if (!isAsked || (connection !== undefined && connection !== "")) return;
    void this.openBrowser(opened.address).then((isOpen) => {
      if (!isOpen) this.logToStderr("there is no program here that opens a browser: open the address yourself");
    });
  }
}
