import { ignoredPreflightErrors, kubeletVariables } from "../model/kubeadm/node-allowances.js";
import type { ClusterSpec } from "../model/spec/cluster-spec.js";
import { noProxyList } from "../model/topology/no-proxy.js";
import { endpointAddresses, virtualAddressVariables } from "../model/topology/api-endpoint.js";
import type { PlannedNode, Topology } from "../model/topology/topology.js";

/** What the variables of the scripts are made of; docs/node-scripts.md describes each variable. */
export interface NodeInput {
  readonly topology: Topology;
  readonly spec: ClusterSpec;
  readonly node: PlannedNode;
  readonly caFingerprint: string;
  /** PEM of the CAs of a proxy that intercepts TLS; absent when the spec names none. */
  readonly proxyCa?: string;
  /** Our public key and the login user who gets it; absent where the user manages the keys. */
  readonly sshAccess?: { readonly user: string; readonly publicKey: string };
  /** Name servers for pods, on machines with a resolver that pods cannot reach. */
  readonly nameservers?: readonly string[];
}

export type Variables = Readonly<Record<string, string>>;

/**
 * The right time, and the node's uptime at that moment: from both the node calculates the current time, however late
 * the script starts.
 */
export interface RightTime {
  /** Whole seconds since 1970. */
  readonly epoch: number;
  /** The node's uptime at that moment, in seconds; `undefined` when the node did not report it. */
  readonly uptime: number | undefined;
}

/** Variables of `shared.sh`. `time` is given when we step the node's clock. */
export function sharedVariables(input: NodeInput, time?: RightTime): Variables {
  const { topology, spec, node } = input;
  const { identity } = topology;
  return {
    AK8S_MODE: "apply",
    AK8S_NODE_NAME: node.name,
    AK8S_NODE_FQDN: node.fqdn,
    AK8S_ROLE: node.role,
    AK8S_NODE_ADDRESS: node.address,
    AK8S_NODE_PREFIX: identity.network?.split("/")[1] ?? "",
    // Vagrant sets the node's address, or the user; we never do.
    AK8S_ADDRESS_OWNER: identity.provider === "hosts" ? "user" : "vagrant",
    AK8S_ENDPOINT_NAME: identity.endpointName,
    AK8S_ENDPOINT_ADDRESS: endpointAddresses(topology.endpoint).join(","),
    ...virtualAddressVariables(topology),
    AK8S_KUBERNETES_VERSION: identity.kubernetesVersion,
    AK8S_CA_HASH: identity.caHash,
    AK8S_CA_FINGERPRINT: input.caFingerprint,
    ...timeVariables(time),
    AK8S_IGNORE_PREFLIGHT: ignoredPreflightErrors(spec).join(","),
    ...kubeletVariables(spec),
    AK8S_IMAGE_REPOSITORY: spec.images.repository,
    AK8S_HTTP_PROXY: spec.proxy.http,
    AK8S_HTTPS_PROXY: spec.proxy.https,
    AK8S_NO_PROXY: noProxyList(topology, spec),
    AK8S_PROXY_CA_B64: base64(input.proxyCa ?? ""),
    AK8S_SSH_USER: input.sshAccess?.user ?? "",
    AK8S_SSH_PUBLIC_KEY: input.sshAccess?.publicKey ?? "",
    ...(input.nameservers === undefined ? {} : { AK8S_NAMESERVERS: input.nameservers.join(",") || "none" }),
  };
}

function timeVariables(time?: RightTime): Variables {
  if (time === undefined) return { AK8S_CLOCK_EPOCH: "" };
  return { AK8S_CLOCK_EPOCH: String(time.epoch), AK8S_CLOCK_UPTIME: time.uptime?.toFixed(2) ?? "" };
}

const base64 = (text: string): string => Buffer.from(text, "utf8").toString("base64");

/** What a script gets that gives a kubelet its certificate. */
interface ServingInput extends NodeInput {
  /** Certificate and key in PEM; empty: the kubelet makes its own. */
  readonly servingPem: string;
}

/** Variables of `serving.sh`. */
export function servingVariables(input: ServingInput): Variables {
  return { ...sharedVariables(input), AK8S_SERVING_PEM_B64: base64(input.servingPem) };
}

interface VirtualAddressInput extends NodeInput {
  readonly action: "put" | "ask" | "use" | "drop";
  /** Text of the static pod, for `put`. */
  readonly pod?: string;
}

/** Variables of `virtual-address.sh`. */
export function addressVariables(input: VirtualAddressInput): Variables {
  const { action, pod } = input;
  return {
    ...sharedVariables(input),
    AK8S_ACTION: action,
    ...(pod === undefined ? {} : { AK8S_POD_B64: base64(pod) }),
  };
}

export interface MasterInput extends ServingInput {
  readonly kubeadmConfig: string;
  readonly token: string;
  readonly ca: { readonly certificate: string; readonly key: string };
  /** Path on the node, empty when no network add-on is wanted. */
  readonly networkManifest: string;
  /** Seconds that the API may take to answer. */
  readonly apiWait: number;
  /** Seconds that the network may take to be ready before CoreDNS comes; with 0 that is left to another run. */
  readonly networkWait: number;
}

/** Variables of `master.sh` on the master that makes the cluster. */
export function masterVariables(input: MasterInput): Variables {
  return {
    ...servingVariables(input),
    AK8S_KUBEADM_CONFIG_B64: base64(input.kubeadmConfig),
    AK8S_TOKEN: input.token,
    AK8S_CA_CRT_B64: base64(input.ca.certificate),
    AK8S_CA_KEY_B64: base64(input.ca.key),
    AK8S_NETWORK_MANIFEST: input.networkManifest,
    AK8S_API_WAIT: String(input.apiWait),
    AK8S_NETWORK_WAIT: String(input.networkWait),
  };
}

export interface FurtherMasterInput extends ServingInput {
  readonly kubeadmConfig: string;
  readonly token: string;
  /** Base64 of the tar archive with the certificates and keys that all masters share. */
  readonly pki: string;
  /** Seconds that the API may take to answer. */
  readonly apiWait: number;
}

/**
 * Variables of `master.sh` on a master that joins the one that made the cluster. Precondition: the node has joined, or
 * its old member was removed from etcd.
 */
export function furtherMasterVariables(input: FurtherMasterInput): Variables {
  return {
    ...servingVariables(input),
    AK8S_JOIN: "1",
    AK8S_LEFT_ETCD: "1",
    AK8S_KUBEADM_CONFIG_B64: base64(input.kubeadmConfig),
    AK8S_TOKEN: input.token,
    AK8S_PKI_B64: input.pki,
    AK8S_API_WAIT: String(input.apiWait),
  };
}

export interface MinionInput extends ServingInput {
  readonly kubeadmConfig: string;
  readonly token: string;
  /** Seconds that the API may take to answer. */
  readonly apiWait: number;
}

/** Variables of `minion.sh`. */
export function minionVariables(input: MinionInput): Variables {
  return {
    ...servingVariables(input),
    AK8S_KUBEADM_CONFIG_B64: base64(input.kubeadmConfig),
    AK8S_TOKEN: input.token,
    AK8S_API_WAIT: String(input.apiWait),
  };
}
