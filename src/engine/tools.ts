import type { Observation } from "../alpine/node-commands.js";
import type { Computer } from "../operations/doctor/computer.js";
import type { KubeApi } from "../kube/kube-api.js";
import type { ClusterPaths } from "../base/paths.js";
import type { RemoteHost, SshTarget } from "../remote/remote-host.js";
import type { AddonRef, ClusterSpec } from "../model/spec/cluster-spec.js";
import type { Found } from "../model/topology/resolve-identity.js";
import type { Identity, PlannedNode } from "../model/topology/topology.js";
import type { Clock } from "../base/wait.js";
import type { Machines } from "../machines/machines.js";

/** What the operations need of the world; tests bring fakes that refuse what they were not told about. */
export interface Tools {
  readonly clock: Clock;
  /** This computer, as `doctor` and the beginning of `up` look at it. */
  readonly computer: Computer;
  /** What neither the spec nor the folder says: the Vagrant provider of this computer, the hosts' Kubernetes. */
  find(input: FindInput): Promise<Pick<Found, "vagrantProvider" | "kubernetesVersion">>;
  connect(target: SshTarget, options: ConnectOptions): Promise<RemoteHost>;
  machines(input: MachinesInput): Machines;
  kube(input: KubeInput): Promise<KubeApi>;
  /** The add-on's manifest, verified; `offline` forbids any download. */
  manifest(input: ManifestInput): Promise<{ readonly text: string; readonly source: string }>;
}

export interface FindInput {
  readonly folder: string;
  readonly spec: ClusterSpec;
  readonly signal: AbortSignal;
  readonly onPinned: ConnectOptions["onPinned"];
  /** Ask no Vagrant and no host: a stated default takes their place, or a usage error says what to give. */
  readonly offline?: boolean;
}

export interface ConnectOptions {
  readonly paths: ClusterPaths;
  readonly signal: AbortSignal;
  readonly log: (line: string) => void;
  readonly onPinned: (name: string, fingerprint: string) => void;
  /** Milliseconds for which a machine that is still booting is tried again; 0 means one try. */
  readonly patience: number;
}

export interface MachinesInput {
  readonly paths: ClusterPaths;
  readonly spec: ClusterSpec;
  readonly identity: Identity;
  /** The cluster's own public ssh key; empty with hosts. */
  readonly sshPublicKey: string;
  readonly log: (line: string) => void;
}

export interface KubeInput {
  readonly adminConfig: string;
  readonly through: RemoteHost | undefined;
  readonly signal: AbortSignal;
}

export interface ManifestInput {
  readonly ref: AddonRef;
  readonly kubernetesVersion: string;
  readonly folder: string;
  readonly offline: boolean;
  readonly signal: AbortSignal;
}

/** A node that we talk to. */
export interface NodeSession extends Observation {
  readonly node: PlannedNode;
  readonly host: RemoteHost;
  readonly target: SshTarget;
  /** This run has given it a new machine-id. */
  hasNewMachineId?: boolean;
}

/** Texts of the scripts in the cluster folder, as they are there. */
export interface NodeScripts {
  readonly shared: string;
  readonly master: string;
  readonly minion: string;
}
