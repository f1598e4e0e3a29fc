import type { Outcome } from "./programs.js";

export type Role = "master" | "minion";

/** How a user logs in to a machine that exists. */
export interface Login {
  readonly name: string;
  readonly role: Role;
  /** Where ssh connects to. */
  readonly address: string;
  /** The node's own address in the cluster, if it differs. */
  readonly privateAddress?: string | undefined;
  readonly port: number;
  readonly user: string;
  readonly become?: string | undefined;
  /** The private key's file; without it an agent or the usual keys are used. */
  readonly key?: string | undefined;
  readonly hostKey?: string | undefined;
}

/** The flags of `add-node` for a machine. */
export function loginFlags({ address, privateAddress, port, user, become, key, hostKey }: Login): string[] {
  const flags = {
    address,
    "private-address": privateAddress,
    port,
    user,
    become,
    "identity-file": key,
    "host-key": hostKey,
  };
  return Object.entries(flags).flatMap(([flag, value]) => (value === undefined ? [] : [`--${flag}`, String(value)]));
}

/** The node's address in the cluster. */
export function nodeAddress({ address, privateAddress }: Login): string {
  return privateAddress ?? address;
}

/** Machines that a story runs on with `provider: hosts`: containers of the bench, or given machines. */
export interface Machines {
  readonly logins: readonly Login[];
  /** Runs a shell command as root on a machine. */
  on(name: string, command: string, input?: string): Promise<Outcome>;
  /** Returns machines to a state from before they were nodes. */
  reset(...names: string[]): Promise<void>;
  /** Cuts the power of machines, all at the same moment, without a shutdown. */
  unplug(...names: string[]): Promise<void>;
  /** Switches on machines that are off or are just going off. */
  plug(...names: string[]): Promise<void>;
  /** Reboots machines as an administrator would. */
  reboot(...names: string[]): Promise<void>;
  /** Ends all machines. */
  end(): Promise<void>;
}
