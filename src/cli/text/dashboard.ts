import type { OpenedDashboard } from "../../operations/dashboard/dashboard.js";
import { addressLines, type SshLogin } from "./tunnel.js";

/** The address and the token as people read them, and how to get there from the computer that one has come from. */
export function dashboardText({ address, token, expires }: OpenedDashboard, login: SshLogin | undefined): string {
  return [
    ...addressLines("Dashboard", address, login),
    `Token, valid until ${expires}:`,
    token,
    "Ctrl-C ends it and makes the token invalid.",
  ].join("\n");
}
