import { accountObject, bindingObject, namespaceObject, pathOf, quotaObjects } from "../../access/objects.js";
import { forgetRequests } from "../../access/signing.js";
import { belongsTo, objectName, RECORDS, type User } from "../../access/user.js";
import { checkName } from "../../access/wish.js";
import { AlpineK8sError } from "../../base/errors.js";
import { shortened } from "../../base/output.js";
import { until } from "../../base/wait.js";
import { connectApi } from "../../control-plane/connect-api.js";
import type { ClusterContext } from "../../engine/context.js";
import { overall, type Item, type Plan } from "../../engine/item.js";
import type { RunInput } from "../../engine/run-input.js";
import { planSteps, runSteps, type Step } from "../../engine/step.js";
import { tellWait } from "../../engine/tell-wait.js";
import { withRun } from "../../engine/with-run.js";
import { orWait } from "../../kube/again-later.js";
import { textOf } from "../../kube/fields.js";
import type { KubeApi, KubeObject } from "../../kube/kube-api.js";
import { describeObject } from "../../kube/kube-object.js";
import { planningTools } from "../../nodes/planning-tools.js";
import { endOthers, spend } from "./steps.js";
import { demandUser, gives, recordedUsers } from "./users.js";

export interface RemoveUserInput extends RunInput {
  readonly name: string;
  /** Deletes the namespace, too, with all that is in it, if it was made for this user. */
  readonly withData: boolean;
  /** Asks the person at the terminal; the question says what would be done. */
  readonly confirm: (question: string) => Promise<boolean>;
}

/** The shape of `user remove -o json`, documented in docs/json.md. */
export interface UserRemoved {
  readonly cluster: string;
  readonly user: string;
  readonly removed: readonly string[];
  /** What stays, with the reason. */
  readonly kept: readonly string[];
  /** Until when a certificate is still accepted, without any right; null for a token, which is not. */
  readonly authenticatesUntil: string | null;
}

const VERB = "user remove";

/** Milliseconds for a namespace to be gone. */
const PATIENCE = 300_000;

/** What goes and what stays. */
interface Removing {
  readonly kube: KubeApi;
  readonly user: User;
  readonly namespace: KubeObject | undefined;
  readonly going: readonly KubeObject[];
  readonly kept: readonly string[];
}

/**
 * Takes a user's rights away, then token, account and quota, and at last the record. What is in the namespace stays, unless
 * `withData`. Can be run again after any interruption. Throws `usage` for an unknown user, `declined` when the person says
 * no.
 */
export async function removeUser(input: RemoveUserInput): Promise<UserRemoved> {
  const { name, confirm } = input;
  return withRun(input, { command: VERB, subject: name, lock: true }, async ({ context }) => {
    const removing = await lookFirst(input, context);
    const { user, going, kept, namespace } = removing;
    const data = namespace === undefined ? [] : [`${describeObject(namespace)} with all that is in it`];
    const all = [...going.map(describeObject), ...data].join(", ") || "its record";
    const question = `Remove user ${name} (role ${user.role}) from cluster ${context.identity.name}, with ${all}?`;
    if (!(await confirm(question))) throw new AlpineK8sError("declined", "nothing was changed");
    await runSteps(stepsOf(removing), context);
    const isAccepted = user.kind === "certificate" && Date.parse(user.expires) > Date.now();
    const removed = [...going, ...(namespace === undefined ? [] : [namespace])].map(describeObject);
    return {
      ...{ cluster: context.identity.name, user: name, removed, kept },
      authenticatesUntil: isAccepted ? user.expires : null,
    };
  });
}

/** What {@link removeUser} would do now; refuses what that refuses. */
export async function planRemoveUser(input: Omit<RemoveUserInput, "confirm">): Promise<Plan> {
  const planning = { ...input, tools: planningTools(input.tools, { bringsUp: false }) };
  return withRun(planning, { command: VERB, lock: false, isDryRun: true }, async ({ context }) => {
    const steps = await planSteps(stepsOf(await lookFirst(planning, context)), context);
    return { command: VERB, cluster: context.identity.name, steps };
  });
}

async function lookFirst(input: Omit<RemoveUserInput, "confirm">, context: ClusterContext): Promise<Removing> {
  const { name, withData } = input;
  const { signal } = context;
  checkName(name);
  const kube = await connectApi(context, "required");
  const user = await demandUser(kube, name, signal);
  const wanted = [bindingObject(user), accountObject(name), ...quotaObjects(user)];
  const going: KubeObject[] = [];
  for (const object of wanted) {
    const live = await kube.find(pathOf(object), signal);
    // Who has the role admin may take the labels off the binding; the record says that it is ours.
    if (live !== undefined && (belongsTo(name, live) || gives(live, user))) going.push(object);
  }
  const fate = await namespaceFate(kube, user, withData, signal);
  return { kube, user, going, ...fate };
}

/** Whether the namespace goes, and what stays there else. */
async function namespaceFate(
  kube: KubeApi,
  user: User,
  withData: boolean,
  signal: AbortSignal,
): Promise<Pick<Removing, "namespace" | "kept">> {
  const { name, namespace } = user;
  if (namespace === null) return { namespace: undefined, kept: [] };
  const object = namespaceObject(name, namespace, 0);
  const live = await kube.find(pathOf(object), signal);
  if (live === undefined) return { namespace: undefined, kept: [] };
  const users = await recordedUsers(kube, signal);
  const others = users.filter((one) => one.name !== name && one.namespace === namespace);
  const why = !belongsTo(name, live)
    ? "was not made for this user"
    : others.length > 0
      ? `is used by ${others.map((one) => one.name).join(", ")}, too`
      : withData
        ? undefined
        : "goes only with --with-data, with all that is in it";
  if (why === undefined) return { namespace: object, kept: [] };
  return {
    namespace: undefined,
    kept: [`Namespace ${namespace} ${why}`, ...(await backDoors(kube, user, users, signal))],
  };
}

/** Bindings that somebody made in the namespace: with the role admin the user may have given rights to another account. */
async function backDoors(
  kube: KubeApi,
  user: User,
  users: readonly User[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { role, namespace } = user;
  if (role !== "admin" || namespace === null) return [];
  const ours = users.map((one) => objectName(one.name));
  const bindings = await kube.list(pathOf(bindingObject(user)).replace(/\/[^/]+$/, ""), signal);
  return bindings
    .filter(({ metadata }) => !ours.includes(metadata.name))
    .map(
      ({ metadata }) => `RoleBinding ${namespace}/${shortened(metadata.name)} may be the user's own making: look at it`,
    );
}

function stepsOf({ kube, user, going, namespace }: Removing): readonly Step<ClusterContext>[] {
  const { name } = user;
  const end: Step<ClusterContext> = {
    id: "end-access",
    title: `End the access of user ${name}`,
    plan: () => Promise.resolve([...going.map(deletionOf), overall("end", `end every ${user.kind} of user ${name}`)]),
    run: async (context) => {
      if (user.kind === "certificate") await spend(context, { kube }, user);
      // The binding is the first of them.
      for (const object of going) await kube.delete(pathOf(object), context.signal);
      await endOthers(context, kube, { name });
      if (user.kind === "certificate") await forgetRequests(kube, name, context.signal);
    },
  };
  const data: Step<ClusterContext> = {
    id: "delete-namespace",
    title: "Delete the namespace",
    plan: () => Promise.resolve(namespace === undefined ? "it stays" : [deletionOf(namespace)]),
    run: async (context) => {
      if (namespace !== undefined) await deleteNamespace(context, kube, namespace);
    },
  };
  const forget: Step<ClusterContext> = {
    id: "forget-user",
    title: `Forget user ${name}`,
    plan: () => Promise.resolve([overall("forget", `forget user ${name}`)]),
    run: ({ signal }) => kube.delete(`${RECORDS}/${objectName(name)}`, signal),
  };
  return [end, data, forget];
}

function deletionOf(object: KubeObject): Item {
  return overall(`delete-${object.kind.toLowerCase()}`, `delete ${describeObject(object)}`);
}

async function deleteNamespace(context: ClusterContext, kube: KubeApi, namespace: KubeObject): Promise<void> {
  const { signal, tools } = context;
  const path = pathOf(namespace);
  const live = await kube.find(path, signal);
  const uid = textOf(live?.metadata["uid"]);
  // Some versions refuse to be asked twice.
  const isGoing = live !== undefined && live.metadata["deletionTimestamp"] !== undefined;
  if (!isGoing) await kube.delete(path, signal);
  await until({
    ...{ what: `${describeObject(namespace)} to be gone`, every: 1_000, atMost: PATIENCE, clock: tools.clock, signal },
    hints: ["give the same command again", `alpine-k8s kubectl -- get namespace ${namespace.metadata.name} -o yaml`],
    check: () =>
      orWait(async () => {
        const live = await kube.find(path, signal);
        const isGone = live === undefined || textOf(live.metadata["uid"]) !== uid;
        return isGone ? undefined : "what is in it is still being deleted";
      }),
    onReason: (reason) => tellWait(context, reason),
  });
  tellWait(context, undefined);
}
