import { demandEntry } from "../../addons/catalogue/catalogue.js";
import { releaseFor } from "../../addons/catalogue/release.js";
import { ADDON_LABEL, staticPodFor, type StaticPod } from "../../addons/static-pod.js";
import { runNodeScript } from "../../alpine/node-commands.js";
import type { ScriptResult } from "../../alpine/script-result.js";
import { addressVariables } from "../../alpine/variables.js";
import { AlpineK8sError } from "../../base/errors.js";
import { until } from "../../base/wait.js";
import type { ClusterContext } from "../../engine/context.js";
import type { NodeSession } from "../../engine/node-session.js";
import { tellLines } from "../../engine/tell-lines.js";
import { tellWait } from "../../engine/tell-wait.js";
import { whyLabelledStuck } from "../../kube/stuck-pods.js";
import { ADDRESS_ADDON } from "../../model/spec/addon-names.js";
import { addressAddon } from "../../model/spec/addons/shared-address.js";
import { sharedAddress } from "../../model/topology/api-endpoint.js";
import { readAddressScript } from "../../templates/cluster-files.js";
import { connectApi } from "../connect-api.js";

/** Milliseconds between two questions whether the API answers at the address. */
const EVERY = 2_000;

/**
 * The static pod that carries the masters' address on one of them; undefined where the spec has no such address. Throws
 * `usage` for a Kubernetes without a release and for values that do not fit, and `node` for a master whose network card is
 * not known.
 */
async function podFor(
  { spec, topology, catalogue }: Pick<ClusterContext, "spec" | "topology" | "catalogue">,
  session: NodeSession,
): Promise<StaticPod | undefined> {
  const [ref, address] = [addressAddon(spec), sharedAddress(topology)];
  if (ref === undefined || address === undefined) return undefined;
  const entry = demandEntry(await catalogue(), ref.name);
  const { version } = releaseFor(entry, topology.identity.kubernetesVersion, ref.version);
  const { node, facts } = session;
  const card = facts.interface ?? ref.values?.["interface"];
  if (card === undefined) {
    throw new AlpineK8sError(
      "node",
      `${node.name}: no network card has the address ${node.address}, so none can carry ${address}`,
      {
        node: node.name,
        hints: [`alpine-k8s ssh ${node.name} -- ip -4 addr`, "then: alpine-k8s up"],
      },
    );
  }
  const fitting = { topology, values: ref.values, version, address };
  return staticPodFor(entry, { ...fitting, node: { name: node.name, address: node.address, interface: String(card) } });
}

/** Whether a master that has joined has another pod than it is to have, or one that nobody wants any more. */
export async function isPodDue(context: ClusterContext, session: NodeSession): Promise<boolean> {
  return session.facts.virtualPod !== (await podFor(context, session))?.sha256;
}

/** Gives a master its static pod, or takes it away, with the address, where the spec has none. Can be run again. */
export async function putPod(context: ClusterContext, session: NodeSession): Promise<void> {
  const pod = await podFor(context, session);
  const activity =
    pod === undefined ? "giving up the address of all masters" : "putting the pod of the address of all masters";
  await run(context, session, { activity, action: pod === undefined ? "drop" : "put", pod: pod?.text });
}

/** Throws `usage` where the spec has an address of all masters and its add-on no release for the cluster's Kubernetes. */
export async function demandAddressRelease({
  spec,
  identity,
  catalogue,
}: Pick<ClusterContext, "spec" | "identity" | "catalogue">): Promise<void> {
  const ref = addressAddon(spec);
  if (ref !== undefined) releaseFor(demandEntry(await catalogue(), ref.name), identity.kubernetesVersion, ref.version);
}

/**
 * Waits until the API answers at the address, as a master asks it with the cluster's CA. Throws `timeout` after `atMost`
 * milliseconds, with what the pods wait for.
 */
export async function awaitAddress(context: ClusterContext, asked: NodeSession, atMost: number): Promise<void> {
  const address = sharedAddress(context.topology) ?? "";
  const { signal, tools } = context;
  await until({
    ...{ what: `the API at ${address}`, every: EVERY, atMost, signal, clock: tools.clock },
    hints: [`alpine-k8s addons status ${ADDRESS_ADDON}`, "then: alpine-k8s up"],
    check: async () => {
      const { present, warnings } = await run(context, asked, { activity: `asking at ${address}`, action: "ask" });
      if (present.includes("virtual-address")) return undefined;
      const why = await whyNot(context);
      return why === "" ? (warnings[0] ?? `the API does not answer at ${address}`) : `the pod that carries it ${why}`;
    },
    onReason: (reason) => tellWait(context, reason),
  });
}

async function whyNot(context: ClusterContext): Promise<string> {
  try {
    const kube = await connectApi(context, "prepared");
    return await whyLabelledStuck(kube, `${ADDON_LABEL}=${ADDRESS_ADDON}`, context.signal);
  } catch {
    context.signal.throwIfAborted();
    return "";
  }
}

/** Puts the address ahead of the masters' own into the hosts file of a node that reaches the API there. */
export async function useAddress(context: ClusterContext, session: NodeSession): Promise<void> {
  await run(context, session, { activity: "telling it the address of all masters", action: "use" });
}

interface Doing {
  readonly activity: string;
  readonly action: "put" | "ask" | "use" | "drop";
  readonly pod?: string | undefined;
}

async function run(context: ClusterContext, session: NodeSession, doing: Doing): Promise<ScriptResult> {
  const { progress, log, signal, fleet } = context;
  const { action, activity, pod } = doing;
  const script = await readAddressScript();
  const variables = addressVariables({ ...fleet.nodeInput(session), action, ...(pod === undefined ? {} : { pod }) });
  const { host, node } = session;
  return tellLines({ progress, log, name: node.name, activity }, (onLine) =>
    runNodeScript(host, { name: "virtual-address.sh", script, variables, signal, onLine }),
  );
}
