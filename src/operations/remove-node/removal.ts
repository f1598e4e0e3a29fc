import type { KubeApi } from "../../kube/kube-api.js";
import type { ClusterSpec } from "../../model/spec/cluster-spec.js";
import type { PlannedNode, Topology } from "../../model/topology/topology.js";
import type { ClusterContext } from "../../engine/context.js";
import type { NodeSession } from "../../engine/node-session.js";
import type { OwnResult } from "../../engine/result.js";
import type { Run } from "../../engine/with-run.js";
import type { NodeToRemove } from "./node.js";

/** A master that stays, with its connection if it answers. */
export interface SeenMaster {
  readonly node: PlannedNode;
  readonly session: NodeSession | undefined;
}

/** What the steps of one removal share. */
export interface Removal extends Pick<ClusterContext, "progress" | "signal" | "log"> {
  readonly context: ClusterContext;
  readonly node: NodeToRemove;
  /** The API, or why it cannot be asked. */
  readonly kube: KubeApi | string;
  /** The connection to the node, or why there is none. */
  readonly session: NodeSession | string;
  /** Another master, on which etcd is asked; only when the node is a master. */
  readonly asked: NodeSession | undefined;
  readonly force: boolean;
  /** Milliseconds for the drain. */
  readonly timeout: number;
  /** The cluster without the node. */
  readonly rest: { readonly spec: ClusterSpec; readonly topology: Topology };
  /** See {@link Run}. */
  readonly withSpec: Run["withSpec"];
  readonly done: {
    readonly machine: OwnResult<"destroyed" | "reset" | "left">;
    readonly nodeObject: OwnResult<"deleted" | "left">;
    readonly spec: OwnResult<"changed" | "unchanged">;
    /** Pods, as "namespace/name". */
    readonly evicted: OwnResult<readonly string[]>;
    /** The node is cordoned, and uncordoning it would undo all so far. */
    readonly isCordoned: OwnResult<boolean>;
    /** The node's member is out of etcd: its copy of the data is useless by now. */
    readonly hasLeftEtcd: OwnResult<boolean>;
  };
}
