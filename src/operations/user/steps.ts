import {
  accountObject,
  bindingObject,
  boundSecret,
  namespaceObject,
  pathOf,
  quotaObjects,
} from "../../access/objects.js";
import { signRequest } from "../../access/signing.js";
import { noteSpent } from "../../access/spent.js";
import { requestToken } from "../../access/token.js";
import {
  MANAGER,
  objectName,
  RECORDS,
  recordOf,
  usersNamespace,
  USERS_NAMESPACE,
  type User,
} from "../../access/user.js";
import { subjectOf } from "../../access/objects.js";
import { AlpineK8sError } from "../../base/errors.js";
import { retryWhileApiUnavailable } from "../../control-plane/retry-while-api-unavailable.js";
import type { ClusterContext } from "../../engine/context.js";
import { overall, type Item } from "../../engine/item.js";
import type { Step } from "../../engine/step.js";
import { tellWait } from "../../engine/tell-wait.js";
import type { KubeObject } from "../../kube/kube-api.js";
import { KubeError } from "../../kube/kube-error.js";
import { createSigningRequest, endOfIssued } from "../../pki/signing-request.js";
import { putConfigFile } from "./config-file.js";
import type { Giving, Issued } from "./giving.js";
import { ofUser } from "./users.js";

type UserStep = Step<ClusterContext>;

const DAY = 24 * 3600;

/** Milliseconds for taking back what a failed `user add` has made. */
const UNDO_LIMIT = 15_000;

/** Applies objects of a user, again while the API is away for a moment. */
function put(context: ClusterContext, { kube }: Pick<Giving, "kube">, objects: readonly KubeObject[]): Promise<void> {
  return retryWhileApiUnavailable(context, () => kube.apply(objects, MANAGER, context.signal));
}

/** Notes in the cluster who is to get what, before anything is given: no right is without a record. */
export function noteUser(giving: Giving): UserStep {
  const { kube, wish, before, issue } = giving;
  return {
    id: "note-user",
    title: `Note user ${wish.name} in the cluster`,
    plan: () => Promise.resolve([overall("note", `note user ${wish.name} in namespace ${USERS_NAMESPACE}`)]),
    run: async (context) => {
      await put(context, giving, [usersNamespace()]);
      const nothing = { issue: "", expires: "", key: null, certificate: null };
      const record = recordOf({ ...nothing, ...before, ...wish, next: issue });
      if (before !== undefined) return put(context, giving, [record]);
      try {
        await kube.create(RECORDS, record, context.signal);
      } catch (error) {
        if (!(error instanceof KubeError) || error.status !== 409) throw error;
        throw new AlpineK8sError("conflict", `somebody else is adding user ${wish.name} just now`, {
          hints: ["alpine-k8s user list"],
        });
      }
    },
  };
}

/** Has a token or certificate made. What this run has made of a new user is taken back when there is none. */
export function makeCredential(giving: Giving): UserStep {
  const { wish, issued, request } = giving;
  const what = wish.kind === "token" ? "a token" : request === undefined ? "a key and a certificate" : "a certificate";
  const text = `make ${what} for user ${wish.name}${wish.days === null ? "" : ` for ${wish.days} day(s)`}`;
  return {
    id: "make-credential",
    title: `Make ${what}`,
    plan: () => Promise.resolve([overall(`make-${wish.kind}`, text)]),
    run: async (context) => {
      try {
        issued.give(await (wish.kind === "token" ? issueToken(context, giving) : issueCertificate(context, giving)));
      } catch (error) {
        if (giving.before === undefined && !context.signal.aborted) await undo(giving).catch(() => undefined);
        throw error;
      }
    },
  };
}

async function issueToken(context: ClusterContext, giving: Giving): Promise<Issued> {
  const { kube, wish, issue } = giving;
  const { name } = wish;
  await put(context, giving, [accountObject(name), boundSecret(name, issue)]);
  const seconds = (wish.days ?? 0) * DAY;
  const { token, expires } = await requestToken(kube, name, { issue, seconds, signal: context.signal });
  return { expires, credential: { token }, certificate: null };
}

async function issueCertificate(context: ClusterContext, giving: Giving): Promise<Issued> {
  const { kube, wish, issue } = giving;
  const { signal, tools, secrets } = context;
  const subject = subjectOf(wish.name, issue);
  const own = giving.request === undefined ? await createSigningRequest(subject) : undefined;
  const request = giving.request ?? own?.request;
  if (request === undefined) throw new AlpineK8sError("bug", "there is no request to sign");
  const onReason = (reason: string): void => tellWait(context, reason);
  const seconds = wish.days === null ? undefined : wish.days * DAY;
  const signing = { user: wish.name, issue, request: request.pem, seconds, clock: tools.clock, signal, onReason };
  const certificate = await signRequest(kube, signing);
  tellWait(context, undefined);
  const end = endOfIssued(certificate, { subject, publicKey: request.publicKey, ca: secrets.caCertificate });
  if (end === undefined) {
    throw new AlpineK8sError(
      "unhealthy",
      `the cluster answered the request of user ${wish.name} with a certificate for another key or name, or of another CA`,
      { hints: ["the certificate is not used; or: --kind token"] },
    );
  }
  const credential = own === undefined ? { certificate, keyFile: `${wish.name}.key` } : { certificate, key: own.key };
  return { expires: end.toISOString().replace(".000Z", "Z"), credential, certificate };
}

async function undo({ kube, wish: { name }, issue }: Giving): Promise<void> {
  const signal = AbortSignal.timeout(UNDO_LIMIT);
  await kube.delete(pathOf(boundSecret(name, issue)), signal);
  await kube.delete(pathOf(accountObject(name)), signal);
  await kube.delete(`${RECORDS}/${objectName(name)}`, signal);
}

/** Makes the namespace, unless it is somebody else's, and the quota in it. */
export function makeNamespace(giving: Giving): UserStep {
  const { kube, wish, minor, namespace: state } = giving;
  const { name, namespace, quota } = wish;
  const own = namespace === null || state === "foreign" ? [] : [namespaceObject(name, namespace, minor)];
  return {
    id: "make-namespace",
    title: `Make namespace ${namespace ?? ""} and quota`,
    plan: async ({ signal }) => {
      if (namespace === null) return "the role is for the whole cluster";
      const items: Item[] = [];
      if (state === "missing") items.push(overall("make-namespace", `make namespace ${namespace}`));
      for (const object of quotaObjects(wish)) {
        const isThere = state !== "missing" && (await kube.find(pathOf(object), signal)) !== undefined;
        const text = object.kind === "LimitRange" ? "let pods without figures fit it" : `limit it to ${quota ?? ""}`;
        if (!isThere) items.push(overall(object.kind === "LimitRange" ? "make-limits" : "make-quota", text));
      }
      return items.length === 0 ? "it is there" : items;
    },
    run: (context) => put(context, giving, [...own, ...quotaObjects(wish)]),
  };
}

/** Writes the kubeconfig: before the rights are given, so that a full disk gives none away. */
export function writeKubeconfig({ wish, file, leading, issued }: Giving): UserStep {
  return {
    id: "write-kubeconfig",
    title: "Write the kubeconfig",
    plan: () => Promise.resolve([overall("write", `write ${file.path}, mode 0600`)]),
    run: async () => {
      if (issued.value === undefined) throw new AlpineK8sError("bug", "nothing was issued");
      await putConfigFile(file, { ...leading, user: wish.name, namespace: wish.namespace }, issued.value.credential);
    },
  };
}

/** Gives the role to what was issued, and takes it from what was issued before. */
export function giveRole(giving: Giving): UserStep {
  const { kube, wish, before, issue, issued, request } = giving;
  const { name, kind, role, namespace } = wish;
  const where = namespace === null ? "the whole cluster" : `namespace ${namespace}`;
  const isRenewed = before !== undefined && before.issue !== "";
  return {
    id: "give-role",
    title: `Give the role ${role}`,
    plan: () =>
      Promise.resolve([
        overall("give-role", `give user ${name} the role ${role} in ${where}`),
        ...(isRenewed ? [overall("end-old", `end the ${kind} of before`)] : []),
      ]),
    run: async (context) => {
      if (issued.value === undefined) throw new AlpineK8sError("bug", "nothing was issued");
      const { expires, certificate } = issued.value;
      const key = certificate === null ? null : request === undefined ? "kubeconfig" : "elsewhere";
      const user: User = { ...wish, issue, next: "", expires, key, certificate };
      if (before !== undefined && kind === "certificate") await spend(context, giving, before);
      await put(context, giving, [recordOf(user)]);
      await put(context, giving, [bindingObject(user)]);
      if (kind === "token") await endOthers(context, kube, user);
    },
  };
}

/** Notes that nothing may ever be bound again to the certificates that the user has, or may have got from a killed run. */
export async function spend(
  context: ClusterContext,
  giving: Pick<Giving, "kube"> & { readonly issue?: string },
  user: User,
): Promise<void> {
  const now = Date.now();
  const unknown = new Date(now + (user.days ?? 366) * DAY * 1000).toISOString();
  const ends: readonly (readonly [string, string])[] = [
    [user.issue, user.expires],
    [user.next, unknown],
  ];
  for (const [issue, expires] of ends) {
    // A request that a killed run had signed, given once more, has the same.
    if (issue !== "" && issue !== giving.issue) await noteSpent(giving.kube, { issue, expires, now }, context.signal);
  }
}

/** Ends all tokens of the user but those of its last issue; without it all. */
export async function endOthers(
  { signal }: Pick<ClusterContext, "signal">,
  kube: Giving["kube"],
  { name, issue }: { readonly name: string; readonly issue?: string },
): Promise<void> {
  const kept = issue === undefined ? undefined : objectName(name, issue);
  for (const { metadata } of await kube.list(`/api/v1/namespaces/${USERS_NAMESPACE}/secrets?${ofUser(name)}`, signal)) {
    if (metadata.name === kept) continue;
    await kube.delete(`/api/v1/namespaces/${USERS_NAMESPACE}/secrets/${encodeURIComponent(metadata.name)}`, signal);
  }
}
