import type { VagrantProviderName } from "../model/spec/cluster-spec.js";
import type { MachineState } from "./machine-state.js";
import type { SshDetails } from "./ssh-config.js";

export type { SshDetails } from "./ssh-config.js";

/** Where a box comes from. */
export interface BoxSource {
  readonly name: string;
  /** File (relative to the cluster folder) or URL of a box or a catalogue; empty: the box must be there already. */
  readonly url: string;
  /** Lower-case hex of the box file; absent or empty: not checked. */
  readonly sha256?: string;
}

export interface BootRequest {
  readonly names: readonly string[];
  /** Added first when it has a URL and is not there yet, under a time limit of its own. */
  readonly box?: BoxSource;
  readonly signal?: AbortSignal;
  /** The machine is up and answers by ssh, while others may still boot. */
  readonly onReady?: (name: string) => void;
  /** What Vagrant says, line by line; without a name when it is about the whole run. */
  readonly onLine?: (name: string | undefined, text: string) => void;
}

/**
 * The vagrant program for one cluster folder with its rendered Vagrantfile. Every call runs in its own process group
 * under a time limit of ours; on abort Vagrant gets one INT and is waited for. All throw `prerequisite` without Vagrant
 * and `locked` when another Vagrant works on the machine.
 */
export interface Vagrant {
  /** `X.Y.Z`. Throws `prerequisite` when it is missing or older than 2.2.6, the first that knows Alpine guests. */
  version(): Promise<string>;
  /** Providers whose plug-in and hypervisor are on this computer, in order of preference. */
  providers(): Promise<readonly VagrantProviderName[]>;
  /** Whether a box of this name is there for the folder's provider. */
  hasBox(name: string): Promise<boolean>;
  /** Throws `usage` without a URL, or with a checksum for a catalogue, which carries its own. */
  addBox(source: BoxSource, signal?: AbortSignal): Promise<void>;
  /** Every machine that the Vagrantfile defines. */
  status(): Promise<ReadonlyMap<string, MachineState>>;
  /**
   * Creates or starts machines without provisioning them; one that runs already is ready at once. Destroys and
   * recreates machines whose first boot was interrupted, because Vagrant would not complete them; destroys nothing
   * else. Waits until every machine is ready or has failed, then throws all failures together.
   */
  boot(request: BootRequest): Promise<void>;
  /** How ssh reaches machines; those that are not ready for ssh are left out. */
  sshDetails(names: readonly string[]): Promise<ReadonlyMap<string, SshDetails>>;
  halt(names: readonly string[], signal?: AbortSignal): Promise<void>;
  /** Without asking. Does nothing for no names. */
  destroy(names: readonly string[], signal?: AbortSignal): Promise<void>;
}
