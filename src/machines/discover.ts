import type { ClusterSpec } from "../model/spec/cluster-spec.js";
import type { ConnectOptions } from "./connect.js";

/** Of which cluster the defaults are to be discovered that neither its spec nor its folder says. */
export interface DiscoverInput {
  readonly folder: string;
  readonly spec: ClusterSpec;
  readonly signal: AbortSignal;
  readonly onPinned: ConnectOptions["onPinned"];
  /** Ask no Vagrant and no host: a stated default takes their place, or a usage error says what to give. */
  readonly offline?: boolean;
  /** As in {@link ConnectOptions}. */
  readonly pins?: boolean;
}
