import { AlpineK8sError } from "../base/errors.js";
import { ignoredPreflightErrors, kubeletVariables } from "../model/kubeadm/node-allowances.js";
import type { ClusterSpec } from "../model/spec/cluster-spec.js";
import { dynamicRangeOf, gatewayOf, numberedName } from "../model/spec/layout.js";
import { carriesLogin } from "../model/spec/proxy-password.js";
import { noProxyList } from "../model/topology/no-proxy.js";
import { endpointAddresses, virtualAddressVariables } from "../model/topology/api-endpoint.js";
import type { Identity, PlannedNode, Topology } from "../model/topology/topology.js";
import { nodeScript } from "./node-script.js";
import { packageTemplates, type TemplateSource } from "./package-files.js";
import { render } from "./render.js";
import { stamp } from "./stamp.js";
import { vagrantProvider } from "./vagrant-provider.js";

export interface ClusterFilesInput {
  readonly topology: Topology;
  readonly spec: ClusterSpec;
  /**
   * Machines that exist under `.vagrant/` but not in the spec; they stay defined, or Vagrant could not destroy them.
   */
  readonly orphans: readonly string[];
}

/** Texts of the rendered files, by their name in the cluster folder. */
export type ClusterFiles = Readonly<Record<"Vagrantfile" | "shared.sh" | "master.sh" | "minion.sh", string>>;

/** What Vagrantfile.hbs needs. */
interface VagrantfileContext {
  readonly cluster: string;
  readonly masters: number;
  /** Whether no other master can be alive: only then does plain Vagrant make the cluster. */
  readonly oneMaster: boolean;
  readonly minions: number;
  readonly provider: string;
  readonly prefix: string;
  readonly networkName: string;
  /** CIDR, and the same as a mask. */
  readonly network: string;
  readonly netmask: string;
  /** With Docker: the network's gateway, and the CIDR for containers without a fixed address, where no node is. */
  readonly gateway: string;
  readonly dynamicRange: string;
  readonly folderId: string;
  /** Empty with Docker. */
  readonly box: string;
  /** Empty except with Docker. */
  readonly image: string;
  /** The box's URL as the spec has it, else the catalogue that it was chosen from; empty without both. */
  readonly boxUrl: string;
  readonly boxSha256: string;
  readonly nodes: readonly PlannedNode[];
  readonly orphans: readonly string[];
  readonly settings: readonly { readonly name: string; readonly value: string }[];
}

/**
 * The Vagrantfile (empty with `provider: hosts`) and the three scripts, each with its stamp and without secrets. Reads
 * nothing but our own templates. Throws `usage`, with the reason, for a Vagrant provider that cannot carry a cluster.
 */
export function renderClusterFiles(
  input: ClusterFilesInput,
  source: TemplateSource = packageTemplates(),
): ClusterFiles {
  const script = (name: string): string => {
    return stamp({ template: `templates/node/${name}`, version: source.version }, nodeScript(name, source));
  };
  return {
    Vagrantfile: input.topology.identity.provider === "vagrant" ? vagrantfile(input, source) : "",
    "shared.sh": script("shared.sh"),
    "master.sh": script("master.sh"),
    "minion.sh": script("minion.sh"),
  };
}

/** The script that renews a master's certificates; it is run, never rendered into the folder. */
export function readCertsScript(source: TemplateSource = packageTemplates()): Promise<string> {
  return Promise.resolve(nodeScript("certs.sh", source));
}

/** The script that gives a kubelet its certificate; it is run, never rendered into the folder. */
export function readServingScript(source: TemplateSource = packageTemplates()): Promise<string> {
  return Promise.resolve(nodeScript("serving.sh", source));
}

/** The script about the address that one of the masters carries; it is run, never rendered into the folder. */
export function readAddressScript(source: TemplateSource = packageTemplates()): Promise<string> {
  return Promise.resolve(nodeScript("virtual-address.sh", source));
}

/** The script that resets a node of `provider: hosts`; it is run, never rendered into the folder. */
export function readResetScript(source: TemplateSource = packageTemplates()): Promise<string> {
  return Promise.resolve(nodeScript("reset.sh", source));
}

function vagrantfile(input: ClusterFilesInput, source: TemplateSource): string {
  const template = "Vagrantfile.hbs";
  return stamp({ template, version: source.version }, render(source.read(template), vagrantfileContext(input)));
}

/** Prefix of the names that this cluster's machines have in the hypervisor; unique to the folder. */
function machinePrefix(topology: Topology): string {
  return `${topology.identity.name}-${topology.identity.folderId}-`;
}

/** Name of the cluster's own network in the hypervisor. */
export function machineNetwork({ name, folderId }: Identity): string {
  return `${name}-${folderId}`;
}

function vagrantfileContext({ topology, spec, orphans }: ClusterFilesInput): VagrantfileContext {
  const { identity, nodes } = topology;
  const { vagrantProvider: name, network, box, boxCatalog = "", image } = identity;
  if (name === undefined || network === undefined || (name === "docker" ? image : box) === undefined) {
    throw new AlpineK8sError(
      "bug",
      `the identity of cluster ${identity.name} lacks its Vagrant provider, network, box or image`,
    );
  }
  const provider = vagrantProvider(name);
  const bits = prefixLength(network);
  const masters = nodes.filter((node) => node.role === "master").length;
  return {
    cluster: identity.name,
    masters,
    oneMaster: masters === 1 && orphans.every((name) => numberedName(name)?.role === "minion"),
    minions: nodes.filter((node) => node.role === "minion").length,
    provider: provider.name,
    prefix: machinePrefix(topology),
    networkName: machineNetwork(identity),
    network,
    netmask: netmask(bits),
    gateway: gatewayOf(network),
    dynamicRange: dynamicRangeOf(network),
    folderId: identity.folderId,
    box: box ?? "",
    image: image ?? "",
    boxUrl: spec.vagrant.boxUrl === "" ? boxCatalog : spec.vagrant.boxUrl,
    boxSha256: spec.vagrant.boxSha256,
    nodes,
    orphans,
    settings: Object.entries(settings(topology, spec, bits, provider.addressOwner)).map(([name, value]) => ({
      name,
      value,
    })),
  };
}

/** Variables of the node contract that are the same on every node and not secret. */
function settings(topology: Topology, spec: ClusterSpec, bits: number, owner: string): Record<string, string> {
  const { identity } = topology;
  return {
    AK8S_NODE_PREFIX: String(bits),
    AK8S_ADDRESS_OWNER: owner,
    AK8S_ENDPOINT_NAME: identity.endpointName,
    AK8S_ENDPOINT_ADDRESS: endpointAddresses(topology.endpoint).join(","),
    ...virtualAddressVariables(topology),
    AK8S_KUBERNETES_VERSION: identity.kubernetesVersion,
    AK8S_CA_HASH: identity.caHash,
    AK8S_IGNORE_PREFLIGHT: ignoredPreflightErrors(spec).join(","),
    ...kubeletVariables(spec),
    AK8S_IMAGE_REPOSITORY: spec.images.repository,
    // An address with a password is read from a separate file when a machine is provisioned.
    ...(carriesLogin(spec.proxy.http) ? {} : { AK8S_HTTP_PROXY: spec.proxy.http }),
    ...(carriesLogin(spec.proxy.https) ? {} : { AK8S_HTTPS_PROXY: spec.proxy.https }),
    AK8S_NO_PROXY: noProxyList(topology, spec),
  };
}

function prefixLength(cidr: string): number {
  return Number(cidr.split("/")[1]);
}

function netmask(bits: number): string {
  return [24, 16, 8, 0].map((shift) => ((0xffffffff << (32 - bits)) >>> shift) & 255).join(".");
}
