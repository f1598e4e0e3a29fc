import { setMaxListeners } from "node:events";
import { userInfo } from "node:os";
import { Flags } from "@oclif/core";
import { AlpineK8sError, EXIT_CODES } from "../base/errors.js";
import type { RunInput } from "../engine/run-input.js";
import { BaseCommand } from "./base-command.js";
import { openBrowser } from "./open-browser.js";
import { sshLogin, type SshLogin } from "./text/tunnel.js";

/** Flags of commands that make something in the cluster reachable at an address of this computer. */
export const tunnelFlags = {
  port: Flags.integer({
    description: "port of this computer; default: one that is free",
    helpValue: "PORT",
    min: 1,
    max: 65_535,
  }),
  "insecure-listen": Flags.string({
    description: "listen on this address of this computer instead of 127.0.0.1: others reach it, too",
    helpValue: "ADDRESS",
  }),
};

interface ShownFlags {
  readonly output: string;
  readonly print: boolean;
}

/** A command whose only end is Ctrl-C, or that its terminal goes away: neither is a failure. */
export abstract class TunnelCommand extends BaseCommand {
  protected override readonly endsByInterrupt = true;

  /** Shows an address in the user's browser; tests replace it. */
  protected readonly openBrowser: (address: string) => Promise<boolean> = openBrowser;

  /** Runs `work` until it is interrupted, and then exits 130, as a shell expects after Ctrl-C. */
  protected async untilInterrupted(
    flags: Parameters<BaseCommand["operate"]>[0],
    work: (input: RunInput) => Promise<never>,
  ): Promise<void> {
    const hungUp = new AbortController();
    // A terminal that goes away ends it as well: nothing may stay.
    const onHangUp = (): void => hungUp.abort(new AlpineK8sError("interrupted", "the terminal has gone"));
    process.on("SIGHUP", onHangUp);
    try {
      await this.operate(flags, async (input) => {
        const signal = AbortSignal.any([input.signal, hungUp.signal]);
        setMaxListeners(0, signal);
        return work({ ...input, signal });
      });
    } catch (error) {
      if (!(error instanceof AlpineK8sError) || error.kind !== "interrupted") throw error;
      this.exit(EXIT_CODES.interrupted);
    } finally {
      process.off("SIGHUP", onHangUp);
    }
  }

  /** Prints what is reachable; in a terminal a browser opens, unless the user sits elsewhere or does not want it. */
  protected show<T extends { readonly address: string }>(
    flags: ShownFlags,
    opened: T,
    text: (opened: T, login: SshLogin | undefined) => string,
  ): void {
    const connection = process.env["SSH_CONNECTION"];
    this.print(flags, opened, () => text(opened, sshLogin(connection, userInfo().username)));
    const isAsked = !flags.print && flags.output !== "json" && process.stdout.isTTY;
    if (!isAsked || (connection !== undefined && connection !== "")) return;
    void this.openBrowser(opened.address).then((isOpen) => {
      if (!isOpen) this.logToStderr("there is no program here that opens a browser: open the address yourself");
    });
  }
}
