import type { Outcome } from "./programs.js";

export type Role = "master" | "minion";

/** How somebody logs in to a machine that exists. */
export interface Login {
  readonly name: string;
  readonly role: Role;
  /** Where ssh goes. */
  readonly address: string;
  /** The node's own address in the cluster, where it is another one. */
  readonly privateAddress?: string | undefined;
  readonly port: number;
  readonly user: string;
  readonly become?: string | undefined;
  /** The private key's file; without it an agent or the usual keys serve. */
  readonly key?: string | undefined;
  readonly hostKey?: string | undefined;
}

/** The words by which `add-node` is told of a machine. */
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

/** Machines that a story runs on with `provider: hosts`: containers of the bench, or somebody's own. */
export interface Machines {
  readonly logins: readonly Login[];
  /** Runs a shell command as root on a machine. */
  on(name: string, command: string, input?: string): Promise<Outcome>;
  /** The machine becomes one that never was a node. */
  reset(...names: string[]): Promise<void>;
  /** Takes the power from machines, all at the same moment; nothing on them is told. */
  unplug(...names: string[]): Promise<void>;
  /** Gives machines power again that are off or just go off. */
  plug(...names: string[]): Promise<void>;
  /** A reboot as its administrator would make it. */
  reboot(...names: string[]): Promise<void>;
  /** Ends them all. */
  end(): Promise<void>;
}
