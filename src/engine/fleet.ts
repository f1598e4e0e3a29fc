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
  readonly connect: Connect;
  readonly machines: Machines;
  readonly scripts: () => Promise<NodeScripts>;
  readonly progress: Progress;
  readonly log: RunLog;
  readonly signal: AbortSignal;
}

/**
 * The connections to all nodes of one run. Every node goes its own way (booted, connected, observed, prepared), as
 * soon as it can; steps await the nodes that they need. Each stage is done once a run.
 */
export interface Fleet {
  /**
   * Connects to what answers already of all nodes, or of these, unless they were looked at before, and starts the rest
   * in the background. Returns the names that are being started.
   */
  start(nodes?: readonly PlannedNode[]): Promise<readonly string[]>;
  /** Looks at what answers of all nodes, or of these, in their order; starts and changes nothing. */
  look(nodes?: readonly PlannedNode[]): Promise<readonly (NodeSession | undefined)[]>;
  /** As {@link look}, for operations that prepare nothing: whatever answers counts as prepared. */
  observe(nodes?: readonly PlannedNode[]): Promise<readonly (NodeSession | undefined)[]>;
  /** The node, connected and observed. */
  session(node: PlannedNode): Promise<NodeSession>;
  /** The node, fit for Kubernetes: every fatal condition of `shared.sh` holds. */
  prepared(node: PlannedNode): Promise<NodeSession>;
  /** Names of nodes that are still being started or prepared; {@link close} waits for them. */
  underWay(): readonly string[];
  /** Waits for what was started in the background and ends all connections. */
  close(): Promise<void>;
  /** What scripts need to know of a node. */
  nodeInput(session: Pick<NodeSession, "node" | "target">): NodeInput;
}
