import type { ClusterSpec } from "../model/spec/cluster-spec.js";
import type { ConnectOptions } from "./connect.js";

/** The cluster for which to discover the defaults that neither its spec nor its folder gives. */
export interface DiscoverInput {
  readonly folder: string;
  readonly spec: ClusterSpec;
  /** PEM of the CAs of `spec.proxy.ca`; undefined when the spec names none. */
  readonly proxyCa?: string | undefined;
  readonly signal: AbortSignal;
  readonly onPinned: ConnectOptions["onPinned"];
  /** Ask neither Vagrant nor a host: use a fixed default, or throw a `usage` error that says what to give. */
  readonly offline?: boolean;
  /** As in {@link ConnectOptions}. */
  readonly pins?: boolean;
}
