import { networkOf, type Addon } from "../../../addons/addon.js";
import { messageOf } from "../../../base/errors.js";
import type { ClusterContext } from "../../../engine/context.js";
import type { NodeSession } from "../../../engine/node-session.js";
import { apiMaster, furtherMasters } from "../../../control-plane/masters.js";
import { joinMaster, needsJoinAsMaster } from "../../../control-plane/join-master.js";
import { runMasterScript, type MadeMaster } from "../../../control-plane/make-master.js";
import { causeOfNoApi } from "../../../control-plane/cut-off-join.js";
import { servingPem } from "../../../control-plane/certificates/serving-pem.js";
import { refuseSplitCluster } from "../../../control-plane/refuse-split-cluster.js";
import { isHidden, isNew } from "../../../nodes/seen-nodes.js";
import type { PlannedNode } from "../../../model/topology/topology.js";
import { maybe, onNode, type Item } from "../../../engine/item.js";
import { runsApi, seenMasters, type SeenMasters } from "../../../control-plane/seen-masters.js";
import type { OwnResult, Result } from "../../../engine/result.js";
import type { Step } from "../../../engine/step.js";

/**
 * Makes the cluster on master1, or continues where an earlier run ended. When a master is finished already, that one is
 * checked and brought up instead: a finished master is never reset.
 */
export function initControlPlane(addons: Result<readonly Addon[]>, made: OwnResult<MadeMaster>): Step<ClusterContext> {
  return {
    id: "init-control-plane",
    title: "Initialise the control plane",
    plan: async (context) => {
      const masters = await seenMasters(context);
      const items = [...(await itemsOfAsked(context, masters)), ...itemsOfOthers(masters)];
      return items.length === 0 ? `${masters.asked.node.name} runs the cluster's API` : items;
    },
    run: async (context) => {
      const network = networkOf(addons.value);
      const session = await context.fleet.prepared(apiMaster(context));
      // CoreDNS waits for the network, which a later step does while nodes join.
      const activity = session.facts.state === "finished" ? "checking" : "kubeadm init";
      const pem = session.facts.state === "finished" ? "" : await servingPem(context, session.node);
      const making = runMasterScript(context, session, { activity, networkWait: 0, network, pem }).catch(
        async (error: unknown) => {
          throw await causeOfNoApi(context, session, error);
        },
      );
      // This master's API needs a majority of etcd, so other masters that are down are brought up at the same time.
      const [done] = await Promise.all([making, ...(await bringUpOthers(context, session))]);
      made.give(done);
      if (session.facts.state === "finished") context.api.choose(session.node);
      else context.api.markNew(session.node);
      context.progress.node(session.node.name, "control plane runs");
    },
  };
}

/** A clean machine is not made a second cluster beside one that lives. */
async function itemsOfAsked(context: ClusterContext, masters: SeenMasters): Promise<readonly Item[]> {
  const { asked, others, mayChange, areAllNew } = masters;
  if (areAllNew) {
    if (!("session" in asked) || asked.session.facts.state === "clean") await refuseSplitCluster(context);
    return [make(asked.node)];
  }
  const hidden = [asked, ...others].filter(isHidden).map(({ node, unknown }) => maybe(bringUp(node), unknown.until));
  if (!("session" in asked)) return isNew(asked) ? [maybe(make(asked.node), ELSEWHERE), ...hidden] : hidden;
  const item = asked.session.facts.state === "finished" ? bringUp(asked.node) : make(asked.node);
  const own = runsApi(asked.session) ? [] : [mayChange ? maybe(item, ELSEWHERE) : item];
  return asked.session.facts.state === "finished" && own.length === 0 ? [] : [...own, ...hidden];
}

const ELSEWHERE = "where no other master has the cluster";

function make({ name }: PlannedNode): Item {
  return onNode(name, "init", `make the cluster on ${name} (kubeadm init)`);
}

function bringUp({ name }: PlannedNode): Item {
  return onNode(name, "init", `bring up the control plane of ${name}`);
}

/** Masters whose etcd the API of the asked one may need. */
function itemsOfOthers({ asked, others }: SeenMasters): readonly Item[] {
  if ("session" in asked && (asked.session.facts.state !== "finished" || runsApi(asked.session))) return [];
  if (isNew(asked)) return [];
  const help = ({ name }: PlannedNode): Item =>
    onNode(name, "bring-up", `bring up the control plane of ${name} meanwhile`);
  return others.flatMap((one) => {
    if (isHidden(one)) return [maybe(help(one.node), one.unknown.until)];
    if (!("session" in one) || !isDown(one.session)) return [];
    return [
      "session" in asked
        ? help(one.node)
        : maybe(help(one.node), `where the control plane of ${asked.node.name} is down`),
    ];
  });
}

function isDown(session: NodeSession): boolean {
  return session.facts.state === "finished" && needsJoinAsMaster(session);
}

async function bringUpOthers(context: ClusterContext, asked: NodeSession): Promise<readonly Promise<void>[]> {
  if (asked.facts.state !== "finished") return [];
  const others = (await furtherMasters(context)).filter(isDown);
  // Whether it was of use is seen when the masters' turn comes.
  return others.map((session) =>
    joinMaster(context, { session, asked, token: "" }).catch((error: unknown) => {
      context.progress.detail(`${session.node.name}: ${messageOf(error)}`);
    }),
  );
}
