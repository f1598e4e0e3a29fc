import { comesLater } from "../../../kube/again-later.js";
import { nodesReady } from "../../../kube/conditions.js";
import { isCordoned } from "../../../kube/cordon-node.js";
import { whyNodeStuck } from "../../../kube/stuck-pods.js";
import { until } from "../../../base/wait.js";
import { forEachPending, pending, throwFailures, type AddedNode, type AddNodeContext } from "../context.js";
import { readPendingNodes, writePendingNodes } from "../pending-nodes.js";
import { cordonNotice, differenceText } from "../../../control-plane/differences.js";
import { connectApi } from "../../../control-plane/connect-api.js";
import { lostClusterWatch } from "../../../control-plane/lost-cluster.js";
import { endpointItems, TELL_TITLE, refreshEndpoint } from "../../../control-plane/refresh-endpoint.js";
import { warn } from "../../../engine/warn.js";
import { overall } from "../../../engine/item.js";
import type { Step } from "../../../engine/step.js";
import { sharedAddress } from "../../../model/topology/api-endpoint.js";
import { nodePath } from "../../../kube/kube-object.js";
import { MEMBERS } from "./start-new.js";

const SECOND = 1000;

const FORGET = overall("forget-pending-nodes", "note that they are added");

/** How long a joined node may take to be Ready, in milliseconds: images come over the network first. */
const PATIENCE = 600 * SECOND;

/** Waits until each new node is Ready at its own address; asks for these nodes alone. */
export const waitUntilMember: Step<AddNodeContext> = {
  id: "wait-until-ready",
  title: "Wait until Ready",
  plan: (context) => Promise.resolve(pending(context).length === 0 ? MEMBERS : goesOn(context) ? [] : [FORGET]),
  run: async (context) => {
    const waiting = forEachPending(context, (one) => wait(context, one));
    if (goesOn(context)) return waiting;
    await waiting.finally(() => forgetMembers(context));
    throwFailures(context);
  },
};

/**
 * Makes the new masters known to every node: otherwise a node finds no other master when the one that it knows is gone.
 */
export const tellOthers: Step<AddNodeContext> = {
  id: "tell-other-nodes",
  title: TELL_TITLE,
  plan: ({ topology }) => Promise.resolve(endpointItems(topology)),
  run: ({ withSpec, spec }) => withSpec(spec, (fresh) => refreshEndpoint(fresh, "does not name every master yet")),
};

/**
 * The last step where there is something to do once the new nodes are Ready: a run that ends before it has to be
 * continued.
 */
export const noteMembers: Step<AddNodeContext> = {
  id: "note-members",
  title: "Note the new members",
  plan: () => Promise.resolve([FORGET]),
  run: async (context) => {
    context.signal.throwIfAborted();
    await forgetMembers(context);
    throwFailures(context);
  },
};

/** Whether something is left to do once the new nodes are Ready. */
function goesOn(context: AddNodeContext): boolean {
  return hasMaster(context) || sharedAddress(context.topology) !== undefined;
}

/** Whether a master is among the new nodes. */
export function hasMaster({ added }: Pick<AddNodeContext, "added">): boolean {
  return added.some(({ node }) => node.role === "master");
}

async function wait(context: AddNodeContext, { node }: AddedNode): Promise<void> {
  const { fqdn, address, name } = node;
  const kube = await connectApi(context, "prepared");
  // Without a network add-on a node is NotReady until the user brings one.
  const isWithoutNetwork = context.spec.network === "none";
  const reasonOf = lostClusterWatch(context);
  let isMarked = false;
  await until({
    what: isWithoutNetwork ? `${name} to join` : `${name} to be Ready`,
    every: SECOND,
    atMost: PATIENCE,
    signal: context.signal,
    clock: context.tools.clock,
    hints: ["alpine-k8s status", `look at /var/log/kubelet/kubelet.log on ${name}`],
    check: async () => {
      try {
        const found = await kube.find(nodePath(fqdn), context.signal);
        isMarked = isCordoned(found);
        if (found !== undefined && isWithoutNetwork) return undefined;
        const reason = nodesReady([{ fqdn, address }], found === undefined ? [] : [found]);
        const why = reason === undefined || found === undefined ? "" : await whyNodeStuck(kube, fqdn, context.signal);
        return why === "" ? reason : `${reason ?? ""} (${why})`;
      } catch (error) {
        if (!comesLater(error)) throw error;
        return await reasonOf(error);
      }
    },
    onReason: (reason) => {
      context.progress.node(name, reason);
      context.log.write(name, `waiting: ${reason}`);
    },
  });
  context.progress.node(name, "Ready");
  // The node object may be older than the machine: an interrupted removal left it cordoned.
  if (isMarked) warn(context, differenceText(cordonNotice(fqdn)));
}

/** Takes the new members off the list of unfinished nodes. */
async function forgetMembers({ added, paths, signal }: AddNodeContext): Promise<void> {
  if (signal.aborted) return;
  const members = added.filter(({ failure }) => failure.value === undefined).map(({ node }) => node.name);
  const left = (await readPendingNodes(paths.adding)).filter((name) => !members.includes(name));
  await writePendingNodes(paths.adding, left);
}
