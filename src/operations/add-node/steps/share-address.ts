import { messageOf } from "../../../base/errors.js";
import { SECRET_MODE, writeIfChanged } from "../../../base/files.js";
import { livingAdminConfig } from "../../../control-plane/living-master.js";
import { chooseApiMaster } from "../../../control-plane/masters.js";
import { maybe, nodesOf, overall, type Item } from "../../../engine/item.js";
import type { NodeSession } from "../../../engine/node-session.js";
import { NotKnownYet } from "../../../engine/not-known-yet.js";
import type { Step } from "../../../engine/step.js";
import { warn } from "../../../engine/warn.js";
import { sharedAddress } from "../../../model/topology/api-endpoint.js";
import type { PlannedNode } from "../../../model/topology/topology.js";
import { seenNodes, type See, type SeenNode } from "../../../nodes/seen-nodes.js";
import { putVirtualAddressOn } from "../../up/steps/put-virtual-address.js";
import { lead, useItems, useVirtualAddress } from "../../up/steps/use-virtual-address.js";
import { pending, type AddNodeContext } from "../context.js";

/** As long as an `up` waits that is not told to wait for add-ons. */
const WAIT = { atMost: 180_000, isDemanded: false };

/**
 * What new masters need of the address that one of the masters carries: the pod, and all nodes that use it where this
 * cluster has got it by them. The new nodes are members by then, so what fails is a warning, and `up` does it.
 */
export function addressOfMasters(): readonly Step<AddNodeContext>[] {
  const see = membersSeen(({ topology }) => topology.nodes);
  const [put, use] = [putVirtualAddressOn(see), useVirtualAddress(WAIT, see)];
  const asUsed: Step<AddNodeContext> = {
    ...use,
    plan: async (context) => {
      const items = (await use.plan?.(context)) ?? [];
      return typeof items === "string" ? items : [...items, WRITE];
    },
    run: async (context, items) => {
      await use.run(context, items);
      await writeIfChanged(context.paths.adminConfig, await livingAdminConfig(context), SECRET_MODE);
    },
  };
  return [onlyWarning(put, eachAlone), onlyWarning(asUsed)];
}

const WRITE = maybe(overall("write-admin-config", "write admin.config"), "where the API answers at that address");

/** The new minions alone are told of the address: each of them asks there before it has it in its hosts file. */
export function addressOfMinions(): Step<AddNodeContext> {
  const newNodes = ({ added }: AddNodeContext): readonly PlannedNode[] =>
    added.flatMap(({ node, failure }) => (failure.value === undefined ? [node] : []));
  const see = membersSeen(newNodes);
  return onlyWarning({
    id: "use-virtual-address",
    title: "Use the address of all masters",
    isQuiet: true,
    plan: async (context) => {
      const address = sharedAddress(context.topology);
      if (address === undefined) return "there is none";
      const items = (await see(context, newNodes(context))).flatMap((one) => useItems(one, address));
      return items.length === 0 ? `the new nodes use ${address}` : items;
    },
    run: async (context, items) => {
      const names = nodesOf(items);
      for (const one of await see(context, newNodes(context))) {
        if ("session" in one && names.includes(one.node.name)) await lead(context, one.session);
      }
    },
  });
}

/** Sees those of these nodes that this run adds, and members that answer; each is looked at once. */
function membersSeen(which: (context: AddNodeContext) => readonly PlannedNode[]): See<AddNodeContext> {
  let looked: Promise<readonly (NodeSession | undefined)[]> | undefined;
  return async (context, nodes): Promise<readonly SeenNode[]> => {
    const { fleet, signal } = context;
    const added = pending(context).map(({ node }) => node.name);
    const others = which(context).filter(({ name }) => !added.includes(name));
    const sessions = await (looked ??= fleet.look(others));
    signal.throwIfAborted();
    if (context.api.master === undefined) chooseApiMaster(context, sessions);
    const isMember = ({ name }: PlannedNode): boolean =>
      added.includes(name) || sessions.some((one) => one?.node.name === name && one.facts.state === "finished");
    return seenNodes(context, nodes.filter(isMember));
  };
}

type Run = Step<AddNodeContext>["run"];

/** One item after the other, so that what fails on one master does not keep the others from theirs. */
function eachAlone(run: Run): Run {
  return async (context, items) => {
    for (const item of items) await warning(context, () => run(context, [item]));
  };
}

function onlyWarning(step: Step<AddNodeContext>, how: (run: Run) => Run = (run) => run): Step<AddNodeContext> {
  return {
    ...step,
    plan: async (context) => {
      let planned: string | readonly Item[] = "not done";
      await warning(context, async () => {
        planned = (await step.plan?.(context)) ?? [];
      });
      return planned;
    },
    run: (context, items) => warning(context, () => how(step.run)(context, items)),
  };
}

async function warning(context: AddNodeContext, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    context.signal.throwIfAborted();
    if (error instanceof NotKnownYet) throw error;
    warn(context, `${messageOf(error)}; later: alpine-k8s up`);
  }
}
