import { AlpineK8sError } from "../../base/errors.js";
import { readIfExists } from "../../base/files.js";
import { fieldsOf } from "../../kube/fields.js";
import { nodePath } from "../../kube/kube-object.js";
import type { KubeApi, KubeObject } from "../../kube/kube-api.js";
import { openHostKeys } from "../../remote/host-keys.js";
import { dnsName } from "../../model/spec/formats.js";
import { fqdnOf } from "../../model/topology/build-topology.js";
import type { PlannedNode } from "../../model/topology/topology.js";
import { kubeadmFile, makesControlPlane } from "../../nodes/kubeadm-file.js";
import type { ClusterContext } from "../../engine/context.js";
import type { NodeSession } from "../../engine/node-session.js";

/** A node as spec, provider and cluster know it; each of them may have forgotten it already. */
export interface NodeToRemove {
  readonly name: string;
  readonly fqdn: string;
  /** What the spec says of it. */
  readonly planned: PlannedNode | undefined;
  /** It runs a control plane, or is meant to, by any of the sources. */
  readonly isMaster: boolean;
  /** Whether Vagrant has made a machine for it. */
  readonly hasMachine: boolean;
  /** Its node object, when the API has been asked and has one. */
  readonly object: KubeObject | undefined;
}

type Situation = Pick<ClusterContext, "topology" | "identity" | "machines" | "paths" | "signal">;

/** The short name; users may copy the long one from the list of nodes. */
export function shortName(given: string, domain: string): string {
  return given.endsWith(`.${domain}`) ? given.slice(0, -domain.length - 1) : given;
}

/** Throws `conflict` for the last master, before anything is asked. */
export function refuseLastMaster(name: string, { topology, identity }: Situation): void {
  const masters = topology.nodes.filter((node) => node.role === "master");
  if (masters.length !== 1 || masters[0]?.name !== name) return;
  throw new AlpineK8sError(
    "conflict",
    `${name} is the last master of cluster ${identity.name}: the cluster would be gone with it`,
    { node: name, hints: ["alpine-k8s destroy  (removes the whole cluster)"] },
  );
}

/**
 * Finds the node by its short name. Throws `usage` when it is neither in the spec nor in the cluster, has no machine,
 * and no interrupted removal left a trace of it in the folder.
 */
export async function findNode(
  name: string,
  context: Situation,
  { kube, session }: { readonly kube: KubeApi | string; readonly session: NodeSession | string },
): Promise<NodeToRemove> {
  const { topology, identity } = context;
  const fqdn = fqdnOf(name, identity.domain);
  const planned = topology.nodes.find((node) => node.name === name);
  const isName = dnsName.validate(name) === undefined;
  const hasMachine = (await context.machines.existing()).includes(name);
  const object = isName && typeof kube !== "string" ? await kube.find(nodePath(fqdn), context.signal) : undefined;
  const isKnown = [planned, object].some((one) => one !== undefined) || hasMachine;
  const traces = isName ? await tracesOf(name, context) : [];
  if (!isKnown && traces.length === 0) throw unknownNode(name, context, kube);
  // The spec may have been changed: the cluster, the node, and the configuration that it was made with show a control
  // plane, too.
  const isMaster =
    planned?.role === "master" ||
    runsControlPlane(object) ||
    isMasterBySight(session) ||
    traces.some(makesControlPlane);
  return { name, fqdn, planned, isMaster, hasMachine, object };
}

/** What the folder holds of a node: its kubeadm configuration, its host keys. */
async function tracesOf(name: string, { paths }: Situation): Promise<readonly string[]> {
  const config = await readIfExists(kubeadmFile(name, paths));
  const keys = await openHostKeys(paths.knownHosts).find(name);
  return [...(config === undefined ? [] : [config]), ...keys.map((key) => key.type)];
}

function isMasterBySight(session: NodeSession | string): boolean {
  return typeof session !== "string" && session.facts.role === "master" && session.facts.state !== "foreign";
}

/** kubeadm's labels of a control plane: the first alone since 1.24, both before. Someone may have removed one. */
const MASTER_LABELS = ["node-role.kubernetes.io/control-plane", "node-role.kubernetes.io/master"];

function runsControlPlane(object: KubeObject | undefined): boolean {
  const labels = fieldsOf(object?.metadata["labels"]);
  return MASTER_LABELS.some((label) => label in labels);
}

function unknownNode(name: string, { topology, identity }: Situation, kube: KubeApi | string): AlpineK8sError {
  const asked = typeof kube === "string" ? `; the cluster itself could not be asked: ${kube}` : "";
  const names = topology.nodes.map((node) => node.name).join(", ");
  return new AlpineK8sError("usage", `cluster ${identity.name} has no node ${name} (it has ${names})${asked}`, {
    hints: ["alpine-k8s status", "alpine-k8s up  (finishes a removal that was interrupted after the spec was changed)"],
  });
}
