import { AlpineK8sError, messageOf } from "../base/errors.js";
import type { ClusterContext } from "../engine/context.js";
import type { NodeSession } from "../engine/node-session.js";
import type { KubeApi } from "../kube/kube-api.js";
import type { PlannedNode } from "../model/topology/topology.js";
import type { RemoteHost } from "../remote/remote-host.js";
import { adminConfigOf, usableAdminConfig } from "./api-config.js";
import { apiMaster, chooseApiMaster, mastersToAsk } from "./masters.js";

/** For a run that prepares its masters: waits for the one that is asked, and goes through it where there is no other way. */
type Prepared = "prepared";

/**
 * Prepares no node: connects from here with the folder's admin.config, else through a master that is set up. Nodes in
 * `except` are still to become masters, and are not asked. Throws `unhealthy` with both reasons when neither way works.
 */
type Required = "required" | { readonly except: readonly PlannedNode[] };

/** Like {@link Required} among masters that were observed; the reason instead of an error. */
interface IfAny {
  readonly ifAny: readonly (NodeSession | undefined)[];
}

/** With this kubeconfig, whatever the folder has; through this host where this computer does not reach the API. */
interface Given {
  readonly kubeconfig: string;
  readonly through?: RemoteHost | undefined;
}

/**
 * Connects to the API in one of these modes. The connection is made once in a run, which closes it; with a given
 * kubeconfig a new one is made, which the caller closes.
 */
export function connectApi(context: ClusterContext, mode: Prepared | Required | Given): Promise<KubeApi>;
export function connectApi(context: ClusterContext, mode: IfAny): Promise<KubeApi | string>;
export async function connectApi(
  context: ClusterContext,
  mode: Prepared | Required | IfAny | Given,
): Promise<KubeApi | string> {
  const { api } = context;
  if (mode === "prepared") return api.connect(() => throughPrepared(context));
  if (mode === "required") return api.connect(() => required(context, []));
  if ("kubeconfig" in mode) return connect(context, mode);
  if ("except" in mode) return api.connect(() => required(context, mode.except));
  return api
    .connect(() => amongObserved(context, mode.ifAny))
    .catch((error: unknown) => {
      context.signal.throwIfAborted();
      return messageOf(error);
    });
}

function connect({ tools, signal }: ClusterContext, { kubeconfig, through }: Given): Promise<KubeApi> {
  return tools.kube({ adminConfig: kubeconfig, through, signal });
}

async function throughPrepared(context: ClusterContext): Promise<KubeApi> {
  const kubeconfig = await adminConfigOf(context);
  const { host } = await context.fleet.prepared(apiMaster(context));
  return connect(context, { kubeconfig, through: host });
}

async function required(context: ClusterContext, except: readonly PlannedNode[]): Promise<KubeApi> {
  const fromHere = await connectFromHere(context);
  if (typeof fromHere !== "string") return fromHere;
  const all = mastersToAsk(context);
  const members = all.filter((node) => !except.includes(node));
  // What is only observed counts as prepared, and a master that is added has still to be.
  const sessions = await context.fleet.observe(members.length === 0 ? all : members);
  context.signal.throwIfAborted();
  chooseApiMaster(context, sessions);
  const { name } = apiMaster(context);
  const session = sessions.find((one) => one?.node.name === name);
  if (session?.facts.state === "finished") return throughPrepared(context);
  const why = session ? "is not set up" : "does not answer by ssh";
  const reasons = [...(fromHere === "" ? [] : [fromHere]), `${name} ${why}`];
  throw new AlpineK8sError("unhealthy", `the cluster's API cannot be asked: ${reasons.join("; ")}`, {
    node: name,
    hints: ["alpine-k8s status", "alpine-k8s up"],
  });
}

/** The API without asking a node, or the reason why not; the reason is empty when there is no usable admin.config. */
async function connectFromHere(context: ClusterContext): Promise<KubeApi | string> {
  const kubeconfig = await usableAdminConfig(context, 0);
  if (kubeconfig === undefined) return "";
  try {
    return await connect(context, { kubeconfig });
  } catch (error) {
    context.signal.throwIfAborted();
    return messageOf(error);
  }
}

async function amongObserved(context: ClusterContext, sessions: IfAny["ifAny"]): Promise<KubeApi> {
  chooseApiMaster(context, sessions);
  const { name } = apiMaster(context);
  const session = sessions.find((one) => one?.node.name === name);
  if (session?.facts.state === "finished") return throughPrepared(context);
  if (session !== undefined) throw new Error(`${name} is not set up`);
  const fromHere = await connectFromHere(context);
  if (typeof fromHere !== "string") return fromHere;
  throw new Error(fromHere === "" ? `${name} does not answer` : fromHere);
}
