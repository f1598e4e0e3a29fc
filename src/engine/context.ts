import type { Catalogue } from "../addons/catalogue/catalogue.js";
import type { ClusterPaths } from "../base/paths.js";
import type { Progress } from "../base/progress.js";
import type { ClusterSpec } from "../model/spec/cluster-spec.js";
import type { Identity, Topology } from "../model/topology/topology.js";
import type { ApiAccess } from "./api-access.js";
import type { Fleet } from "./fleet.js";
import type { Machines } from "../machines/machines.js";
import type { RunLog } from "./run-log.js";
import type { RunReport } from "./run-report.js";
import type { Tools } from "./tools.js";
import type { NodeScripts } from "./node-session.js";

/** The secrets of a cluster; they go to nodes and 0600 files, nowhere else. */
export interface ClusterSecrets {
  readonly token: string;
  readonly caCertificate: string;
  /** Absent when it was removed after master1 came up (`provider: hosts`). */
  readonly caKey: string | undefined;
}

/**
 * What one run of an operation shares between its steps. No step changes it: what a step finds out for others is its
 * result (result.ts), or belongs to one of the things named here.
 */
export interface ClusterContext {
  readonly folder: string;
  readonly paths: ClusterPaths;
  readonly spec: ClusterSpec;
  /** All add-ons that the spec may name. Those of its own are read, and may be downloaded, when it is first asked for. */
  readonly catalogue: () => Promise<Catalogue>;
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
  /** The way to the API, as far as this run has found it. */
  readonly api: ApiAccess;
  /** What this run has to tell at its end. */
  readonly report: RunReport;
  /** Names of nodes whose host keys were pinned while this run found out what neither spec nor folder says. */
  readonly pinned: ReadonlySet<string>;
}
