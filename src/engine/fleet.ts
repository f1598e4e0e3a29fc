import type { NodeInput } from "../alpine/variables.js";
import type { ClusterPaths } from "../base/paths.js";
import type { Progress } from "../base/progress.js";
import type { Connect } from "../machines/connect.js";
import type { Machines } from "../machines/machines.js";
import type { ClusterSpec } from "../model/spec/cluster-spec.js";
import type { PlannedNode, Topology } from "../model/topology/topology.js";
import type { RunLog } from "./run-log.js";
import type { NodeScripts, NodeSession } from "./node-session.js";

export interface FleetInput {
  readonly paths: ClusterPaths;
  readonly spec: ClusterSpec;
  readonly topology: Topology;
  readonly caFingerprint: string;
  /** PEM of the CAs of a proxy that intercepts TLS; undefined when the spec names none. */
  readonly proxyCa: string | undefined;
  readonly connect: Connect;
  readonly machines: Machines;
  readonly scripts: () => Promise<NodeScripts>;
  readonly progress: Progress;
  readonly log: RunLog;
  readonly signal: AbortSignal;
}

/**
 * The connections to all nodes of one run. Each node passes through its stages (booted, connected, observed, prepared)
 * as soon as it can, whatever the others do; steps await the nodes that they need. Each stage is done once per run.
 */
export interface Fleet {
  /**
   * Connects to what answers already of all nodes, or of these, unless they were looked at before, and starts the rest
   * in the background. Returns the names that are being started.
   */
  start(nodes?: readonly PlannedNode[]): Promise<readonly string[]>;
  /** Connects to the nodes that answer, in their order, undefined for the others; starts and changes nothing. */
  look(nodes?: readonly PlannedNode[]): Promise<readonly (NodeSession | undefined)[]>;
  /** Like {@link look}, for operations that prepare nothing: each node that answers counts as prepared. */
  observe(nodes?: readonly PlannedNode[]): Promise<readonly (NodeSession | undefined)[]>;
  /** The node, connected and observed. */
  session(node: PlannedNode): Promise<NodeSession>;
  /** The node, fit for Kubernetes: every fatal condition of `shared.sh` holds. */
  prepared(node: PlannedNode): Promise<NodeSession>;
  /** Names of nodes that are still being started or prepared; {@link close} waits for them. */
  underWay(): readonly string[];
  /** Waits for what was started in the background and ends all connections. */
  close(): Promise<void>;
  /** What the variables of the node scripts are made of. */
  nodeInput(session: Pick<NodeSession, "node" | "target">): NodeInput;
}
