import type { NodeFacts } from "../alpine/facts.js";
import type { KubeApi } from "../kube/kube-api.js";
import type { ClusterPaths } from "../paths.js";
import type { Progress } from "../progress.js";
import type { RemoteHost, SshTarget } from "../remote/remote-host.js";
import type { AddonRef, ClusterSpec } from "../spec/cluster-spec.js";
import type { Identity, PlannedNode, Topology } from "../topology/topology.js";
import type { Found } from "../topology/resolve-identity.js";
import type { Clock } from "../wait.js";
import type { Fleet } from "./fleet.js";
import type { Machines } from "./machines.js";
import type { RunLog } from "./run-log.js";

/** What the operations need of the world; tests bring fakes that refuse what they were not told about. */
export interface Tools {
  readonly clock: Clock;
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
export interface NodeSession {
  readonly node: PlannedNode;
  readonly host: RemoteHost;
  readonly target: SshTarget;
  readonly facts: NodeFacts;
  /** Seconds by which the node's clock is ahead of ours. */
  readonly clockOffset: number;
}

/** Texts of the scripts in the cluster folder, as they are there. */
export interface NodeScripts {
  readonly shared: string;
  readonly master: string;
  readonly minion: string;
}

/** The secrets of a cluster; they go to nodes and 0600 files, nowhere else. */
export interface ClusterSecrets {
  readonly token: string;
  readonly caCertificate: string;
  /** Absent when it was removed after master1 came up (`provider: hosts`). */
  readonly caKey: string | undefined;
}

/** What one run of an operation knows and shares between its steps. */
export interface ClusterContext {
  readonly folder: string;
  readonly paths: ClusterPaths;
  readonly spec: ClusterSpec;
  readonly tools: Tools;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  readonly log: RunLog;
  readonly identity: Identity;
  readonly topology: Topology;
  readonly secrets: ClusterSecrets;
  readonly machines: Machines;
  readonly fleet: Fleet;
  readonly scripts: () => Promise<NodeScripts>;
  /** Text and sha256 of the network manifest; nothing when none is wanted. */
  network: { readonly text: string; readonly sha256: string } | undefined;
  /** Text of an admin.config that this computer can use, once known. */
  adminConfig: string | undefined;
  /** Whether master1 was initialised in this run. */
  initialised: boolean;
  readonly warnings: string[];
}
