import type { SshTarget } from "../remote/remote-host.js";
import type { PlannedNode } from "../model/topology/topology.js";
import type { MachineState } from "../vagrant/machine-state.js";

/** What the provider tells while machines start. */
export interface StartEvents {
  /** The machine can be reached by ssh. */
  readonly onReady: (name: string) => void;
  readonly onActivity: (name: string | undefined, text: string) => void;
  readonly signal: AbortSignal;
}

/** An address and a port that this computer reaches. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** Where the nodes' machines come from. */
export interface Machines {
  /** What must be there before anything is created; throws `prerequisite` (exit 3). */
  checkPrerequisites(): Promise<void>;
  /** How to reach a node without asking the provider; nothing when that is not known yet. */
  directTarget(node: PlannedNode): Promise<SshTarget | undefined>;
  /** Names of the machines that were made for this cluster, halted ones too; quick, asks no provider. */
  existing(): Promise<readonly string[]>;
  /** Machines as the provider knows them; names that it never heard of are left out. */
  states(): Promise<ReadonlyMap<string, MachineState>>;
  /**
   * Starts what is not running. Resolves when every machine has started or failed; failures are thrown together,
   * machines that came up have been told through `onReady` by then.
   */
  start(names: readonly string[], events: StartEvents): Promise<void>;
  /** How to reach a running machine, asked from the provider. */
  target(node: PlannedNode): Promise<SshTarget>;
  /** Our own key for the node's login user, when keys are ours to make. */
  sshAccess(target: SshTarget): { readonly user: string; readonly publicKey: string } | undefined;
  /** Whether the node's clock is ours to step. */
  readonly managesClock: boolean;
  /** Name servers for pods on machines whose own resolver only they reach; absent on others. */
  readonly nameservers?: readonly string[];
  /** Where this computer reaches a master's API, when that may be elsewhere than at its address. */
  readonly apiEndpoint?: (node: PlannedNode) => Promise<Endpoint>;
  /** Removes what an ended run left outside of Vagrant's knowledge, when all machines are gone. */
  readonly removeLeftovers?: () => Promise<void>;
  /** What makes and runs the machines, with its version, for a report; absent when nothing does. */
  readonly version?: () => Promise<string>;
  halt(names: readonly string[], signal: AbortSignal): Promise<void>;
  destroy(names: readonly string[], signal: AbortSignal): Promise<void>;
}
