import type { KubeApi } from "../kube/kube-api.js";
import type { ClusterPaths } from "../base/paths.js";
import type { Progress } from "../base/progress.js";
import type { ClusterSpec } from "../model/spec/cluster-spec.js";
import type { Identity, PlannedNode, Topology } from "../model/topology/topology.js";
import type { Fleet } from "./fleet.js";
import type { Machines } from "../machines/machines.js";
import type { AddonManifest } from "../addons/network-manifest.js";
import type { RunLog } from "./run-log.js";
import type { Tools } from "./tools.js";
import type { NodeScripts } from "./node-session.js";

/** The secrets of a cluster; they go to nodes and 0600 files, nowhere else. */
export interface ClusterSecrets {
  readonly token: string;
  readonly caCertificate: string;
  /** Absent when it was removed after master1 came up (`provider: hosts`). */
  readonly caKey: string | undefined;
}

/** A node that a run goes on without. */
interface LeftBehind {
  readonly node: PlannedNode;
  readonly error: unknown;
  /** What was to be done on it: `Join the minions`. */
  readonly during: string;
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
  /** PEM of the CAs of a proxy that intercepts TLS; undefined when the spec names none. */
  readonly proxyCa: string | undefined;
  readonly machines: Machines;
  readonly fleet: Fleet;
  readonly scripts: () => Promise<NodeScripts>;
  /** Text and sha256 of the network manifest; nothing when none is wanted. */
  network: { readonly text: string; readonly sha256: string } | undefined;
  /** The master whose API this run uses, once it has chosen one of several; see control-plane/masters.ts. */
  apiMaster: PlannedNode | undefined;
  /** The API, once this run talks to it. */
  kube: KubeApi | undefined;
  /** Whether this run has applied the network manifest, or `master.sh` has found it applied. */
  networkApplied: boolean;
  /** Whether `master.sh`, in this run, has left CoreDNS and what else waits for the network to another call; else unset. */
  isRestLeft: boolean | undefined;
  /** The add-ons besides the network. */
  addons: readonly AddonManifest[];
  /** Text of an admin.config that this computer can use, once known. */
  adminConfig: string | undefined;
  /** Whether master1 was initialised in this run. */
  initialised: boolean;
  /** Nodes that this run goes on without; it fails for them when all else is done. */
  readonly leftBehind: LeftBehind[];
  /** Names of nodes whose host keys were pinned while this run found out what neither spec nor folder says. */
  readonly pinned: ReadonlySet<string>;
  readonly warnings: string[];
}
