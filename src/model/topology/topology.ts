import type { ApiEndpoint } from "./api-endpoint.js";
import type { Become, NodeShape, ProviderName, Role, VagrantProviderName } from "../spec/cluster-spec.js";

/** How ssh reaches a machine of `provider: hosts`. */
export interface HostAccess {
  readonly address: string;
  readonly port: number;
  readonly user: string;
  readonly become: Become;
  readonly identityFile?: string;
  readonly hostKey: string;
}

/** A machine as we intend it. */
export interface PlannedNode extends NodeShape {
  /** Short name, `master1`. */
  readonly name: string;
  /** Name in Kubernetes and the machine's host name, `master1.example.com`. */
  readonly fqdn: string;
  readonly role: Role;
  /** The node's own address inside the cluster network, used for node-ip, advertiseAddress and the CNI. */
  readonly address: string;
  /** Only with `provider: hosts`. */
  readonly access?: HostAccess;
}

/** What must not change while machines exist; resolved once, pinned in `.alpine-k8s/identity.yaml`. */
export interface Identity {
  readonly name: string;
  readonly domain: string;
  readonly provider: ProviderName;
  readonly vagrantProvider?: VagrantProviderName;
  /** CIDR of the cluster network; absent with hosts, whose addresses are the user's. */
  readonly network?: string;
  /** Absent with hosts and with Docker, which has an image. */
  readonly box?: string;
  /** Catalogue that the box was chosen from, as the spec named it then; absent for any other box. */
  readonly boxCatalog?: string;
  /** Image of the nodes' containers, only with Docker. */
  readonly image?: string;
  /** `vX.Y.Z[+build]`. */
  readonly kubernetesVersion: string;
  readonly podSubnet: string;
  readonly serviceSubnet: string;
  readonly dnsDomain: string;
  /**
   * Add-on that the pod network is: pods and nodes keep what a network has given them, so none replaces another one. Absent
   * for a network of the user's own, and where it was not known.
   */
  readonly podNetwork?: string;
  /** `api.<name>.<domain>`: controlPlaneEndpoint's host. */
  readonly endpointName: string;
  /** Pin of the cluster CA, `sha256:<hex>` over its SubjectPublicKeyInfo (RFC 7469 section 2.4). */
  readonly caHash: string;
  /** Eight random hex digits that make machine names unique to this folder. */
  readonly folderId: string;
}

/** The cluster as we intend it, derived from spec and identity; pure data. */
export interface Topology {
  readonly identity: Identity;
  /** Masters first, then minions, each in order of their number or of the spec's list. */
  readonly nodes: readonly PlannedNode[];
  /** What the endpoint's name resolves to on the nodes. */
  readonly endpoint: ApiEndpoint;
  /**
   * The address of all masters, in the certificate from the start: the given one, else with Vagrant the reserved one, whether
   * anybody carries it or not. `sharedAddress` says whether masters do.
   */
  readonly virtualAddress?: string;
}
