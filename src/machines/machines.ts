import type { SshTarget } from "../remote/remote-host.js";
import type { PlannedNode } from "../model/topology/topology.js";
import type { MachineState } from "../vagrant/machine-state.js";

/** What the provider reports while machines start. */
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

/** What machines are to this computer; the same for all of a cluster. */
interface Capabilities {
  /** Each has its own kernel, and with it its own clock: containers share those of the computer that they run on. */
  readonly ownKernel: boolean;
  /** We step their clocks. */
  readonly managesClock: boolean;
  /** They are in a network of this computer: when it does not reach one of them, no way through another one leads there. */
  readonly inOurNetwork: boolean;
}

/** Where the nodes' machines come from. */
export interface Machines {
  /** What must be there before anything is created; throws `prerequisite` (exit 3). */
  checkPrerequisites(): Promise<void>;
  /** Name of the box that machines would be made of, when it is not here and has no place to come from; absent without boxes. */
  readonly missingBox?: () => Promise<string | undefined>;
  /** How to reach a node without asking the provider; nothing when that is not known yet. */
  directTarget(node: PlannedNode): Promise<SshTarget | undefined>;
  /** Names of the machines that were made for this cluster, halted ones too; quick, asks no provider. */
  existing(): Promise<readonly string[]>;
  /** States as the provider reports them; machines that it does not know are left out. */
  states(): Promise<ReadonlyMap<string, MachineState>>;
  /**
   * Starts the machines that are not running and waits for all of them. Failures are thrown together; by then `onReady`
   * was called for each machine that came up.
   */
  start(names: readonly string[], events: StartEvents): Promise<void>;
  /** How to reach a running machine, asked from the provider. */
  target(node: PlannedNode): Promise<SshTarget>;
  /** Our own key for the node's login user; undefined where the user manages the keys. */
  sshAccess(target: SshTarget): { readonly user: string; readonly publicKey: string } | undefined;
  readonly capabilities: Capabilities;
  /** Name servers for pods, on machines with a resolver that pods cannot reach; absent on others. */
  readonly nameservers?: readonly string[];
  /** Where this computer reaches a master's API; present when that may differ from the master's address. */
  readonly apiEndpoint?: (node: PlannedNode) => Promise<Endpoint>;
  /** Removes what an interrupted run left that Vagrant does not know; for when all machines are gone. */
  readonly removeLeftovers?: () => Promise<void>;
  /** Name and version of the provider, for a report; absent with hosts. */
  readonly version?: () => Promise<string>;
  halt(names: readonly string[], signal: AbortSignal): Promise<void>;
  destroy(names: readonly string[], signal: AbortSignal): Promise<void>;
}
