import type { KubeApi } from "../kube/kube-api.js";
import type { PlannedNode } from "../model/topology/topology.js";

/** What a run knows before it looks for a way to the API. */
interface Known {
  readonly master: PlannedNode | undefined;
  readonly adminConfig: string | undefined;
}

/** A run's way to the cluster's API: the master that it asks, the admin.config that it uses, and its connection. */
export interface ApiAccess extends Known {
  /** The master that was chosen among several; nothing until then. See control-plane/masters.ts. */
  readonly master: PlannedNode | undefined;
  /** Text of an admin.config that this computer can use; nothing until one was read or made. */
  readonly adminConfig: string | undefined;
  /** Whether this run has made the cluster. What nodes told of themselves before does not show it. */
  readonly isNew: boolean;
  choose(master: PlannedNode): void;
  /** Notes that this run has made the cluster on a master, which it asks from now on. */
  markNew(master: PlannedNode): void;
  /** Uses this admin.config from now on, and returns it. */
  use(adminConfig: string): string;
  /**
   * The connection of the run. `make` is called where there is none; callers at the same time share one attempt. After a
   * failure the next caller tries again.
   */
  connect(make: () => Promise<KubeApi>): Promise<KubeApi>;
  /** Ends the connection if there is one, also one that is still being made. */
  close(): Promise<void>;
}

/** Makes a way without a connection yet. */
export function apiAccess(known: Known = { master: undefined, adminConfig: undefined }): ApiAccess {
  let { master, adminConfig } = known;
  let isNew = false;
  let connection: Promise<KubeApi> | undefined;
  return {
    get master() {
      return master;
    },
    get adminConfig() {
      return adminConfig;
    },
    get isNew() {
      return isNew;
    },
    choose: (chosen) => {
      master = chosen;
    },
    markNew: (made) => {
      master = made;
      isNew = true;
    },
    use: (text) => (adminConfig = text),
    connect: (make) =>
      (connection ??= make().catch((error: unknown) => {
        connection = undefined;
        throw error;
      })),
    close: async () => {
      (await connection?.catch(() => undefined))?.close();
      connection = undefined;
    },
  };
}
