import type { ReadManifest } from "../addons/addon-manifest.js";
import type { LocalSystem } from "../base/local-system.js";
import type { KubeApi } from "../kube/kube-api.js";
import type { ClusterPaths } from "../base/paths.js";
import type { RemoteHost } from "../remote/remote-host.js";
import type { ClusterSpec } from "../model/spec/cluster-spec.js";
import type { Discovered } from "../model/topology/resolve-identity.js";
import type { Identity } from "../model/topology/topology.js";
import type { Clock } from "../base/wait.js";
import type { Connect } from "../machines/connect.js";
import type { DiscoverInput } from "../machines/discover.js";
import type { Machines } from "../machines/machines.js";
import type { Fleet, FleetInput } from "./fleet.js";

/** What was found of what a new cluster does not say. */
export type DiscoveredDefaults = Pick<Discovered, "vagrantProvider" | "box" | "boxCatalog" | "kubernetesVersion">;

/** What the operations need from the outside world; tests bring fakes that refuse calls they do not expect. */
export interface Tools {
  readonly clock: Clock;
  /** This computer, as `doctor` and the beginning of `up` look at it. */
  readonly computer: LocalSystem;
  /**
   * What neither the spec nor the folder gives: the Vagrant provider of this computer, a box that fits, the hosts' Kubernetes
   * version.
   */
  discoverDefaults(input: DiscoverInput): Promise<DiscoveredDefaults>;
  readonly connect: Connect;
  machines(input: MachinesInput): Promise<Machines>;
  kube(input: KubeInput): Promise<KubeApi>;
  /** The add-on's manifest, verified; `offline` forbids any download. */
  readonly manifest: ReadManifest;
  /** What the URL of a catalogue gives, verified. */
  catalogueFile(input: CatalogueFileInput): Promise<Buffer>;
  /** The connections to the nodes of one run. */
  fleet(input: FleetInput): Promise<Fleet>;
}

export interface MachinesInput {
  readonly paths: ClusterPaths;
  readonly spec: ClusterSpec;
  readonly identity: Identity;
  /** The cluster's own public ssh key; empty with hosts. */
  readonly sshPublicKey: string;
  readonly log: (line: string) => void;
}

export interface CatalogueFileInput {
  readonly url: string;
  /** Lower-case hex. */
  readonly sha256: string;
  /** Takes it only from the cache. */
  readonly offline?: boolean;
  /** Stores nothing, not even in the cache. */
  readonly isOnlyRead?: boolean;
  /** PEM of the CAs of `spec.proxy.ca`; undefined when there are none. */
  readonly proxyCa: string | undefined;
  readonly signal: AbortSignal;
}

interface KubeInput {
  readonly adminConfig: string;
  readonly through: RemoteHost | undefined;
  readonly signal: AbortSignal;
  /** Milliseconds within which the API has to take a connection, for those who only want a quick look. */
  readonly acceptTimeout?: number;
}
