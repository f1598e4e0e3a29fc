import type { ClusterPaths } from "../base/paths.js";
import type { RemoteHost, SshTarget } from "../remote/remote-host.js";

/** Options of a connection to a machine. */
export interface ConnectOptions {
  readonly paths: ClusterPaths;
  readonly signal: AbortSignal;
  readonly log: (line: string) => void;
  readonly onPinned: (name: string, fingerprint: string) => void;
  /** Milliseconds to keep trying a machine that is still booting; 0 means one attempt. */
  readonly patience: number;
  /** Called each time the reason why there is no connection yet changes. */
  readonly onReason?: (reason: string) => void;
  /** False: a host key that is not pinned yet is accepted for this connection, and not pinned. */
  readonly pins?: boolean;
}

/** Opens a connection to a machine; throws what `connectSsh` throws. */
export type Connect = (target: SshTarget, options: ConnectOptions) => Promise<RemoteHost>;
