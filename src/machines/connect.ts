import type { ClusterPaths } from "../base/paths.js";
import type { RemoteHost, SshTarget } from "../remote/remote-host.js";

/** How a machine is connected to. */
export interface ConnectOptions {
  readonly paths: ClusterPaths;
  readonly signal: AbortSignal;
  readonly log: (line: string) => void;
  readonly onPinned: (name: string, fingerprint: string) => void;
  /** Milliseconds for which a machine that is still booting is tried again; 0 means one try. */
  readonly patience: number;
  /** False: a host key that is not pinned yet is accepted for this connection, and not pinned. */
  readonly pins?: boolean;
}

/** Opens a connection to a machine; throws what `connectSsh` throws. */
export type Connect = (target: SshTarget, options: ConnectOptions) => Promise<RemoteHost>;
