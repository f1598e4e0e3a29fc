import type { Observation } from "../alpine/node-commands.js";
import type { PlannedNode } from "../model/topology/topology.js";
import type { OwnResult } from "./result.js";
import type { RemoteHost, SshTarget } from "../remote/remote-host.js";

/** A node that we are connected to, with its facts. */
export interface NodeSession extends Observation {
  readonly node: PlannedNode;
  readonly host: RemoteHost;
  readonly target: SshTarget;
  /** Given when this run gives it a new machine-id. */
  readonly newMachineId: OwnResult<true>;
}

/** Texts of the scripts in the cluster folder; the user may have edited them. */
export interface NodeScripts {
  readonly shared: string;
  readonly master: string;
  readonly minion: string;
}
