import type { Outcome } from "./programs.js";

export type Role = "master" | "minion";

/** How somebody logs in to a machine that exists. */
export interface Login {
  readonly name: string;
  readonly role: Role;
  readonly address: string;
  readonly port: number;
  readonly user: string;
  /** The private key's file. */
  readonly key: string;
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
  /** Gives unplugged machines power again. */
  plug(...names: string[]): Promise<void>;
  /** A reboot as its administrator would make it. */
  reboot(...names: string[]): Promise<void>;
  /** Ends them all. */
  end(): Promise<void>;
}
