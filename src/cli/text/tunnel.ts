import { isIP } from "node:net";
import { shellWord } from "../../base/quote.js";

/** How the user came to this computer by ssh. */
export interface SshLogin {
  readonly user: string;
  /** The address of this computer as sshd saw it, and its port. */
  readonly host: string;
  readonly port: string;
}

/** The login of this shell, by the variable that sshd sets; undefined when there is none. */
export function sshLogin(connection: string | undefined, user: string): SshLogin | undefined {
  // "CLIENT PORT SERVER PORT"
  const [, , host = "", port = ""] = connection?.split(" ") ?? [];
  if (isIP(host) === 0 || !/^\d{1,5}$/.test(port)) return undefined;
  return { user, host, port };
}

/** An address as people read it, and how to get there from the computer that one has come from. */
export function addressLines(what: string, address: string, login: SshLogin | undefined): readonly string[] {
  return [
    `${what}: ${address}`,
    ...(address.startsWith("https:") ? ["  (its certificate is one that it made itself; browsers ask about it)"] : []),
    ...(login === undefined ? [] : ["First, on your own computer:", `  ${tunnelLine(new URL(address), login)}`]),
  ];
}

function tunnelLine({ hostname, port }: URL, login: SshLogin): string {
  const other = login.port === "22" ? "" : ` -p ${login.port}`;
  return `ssh${other} -L ${port}:${hostname}:${port} ${shellWord(`${login.user}@${login.host}`)}`;
}
