import { readFile } from "node:fs/promises";
import { isManaged, USERS_NAMESPACE, type User, type Wish } from "../../access/user.js";
import { accountObject, bindingObject, namespaceObject, pathOf, quotaObjects } from "../../access/objects.js";
import { issueIn, newIssue, requestLine } from "../../access/request-check.js";
import { spentIssues } from "../../access/spent.js";
import { belongsTo } from "../../access/user.js";
import { AlpineK8sError, messageOf } from "../../base/errors.js";
import type { ClusterContext } from "../../engine/context.js";
import { result, type OwnResult } from "../../engine/result.js";
import { fieldsOf, textOf } from "../../kube/fields.js";
import type { KubeApi, KubeObject } from "../../kube/kube-api.js";
import { describeObject } from "../../kube/kube-object.js";
import type { UserCredential } from "../../kubeconfig/user-config.js";
import { readSigningRequest, type SigningRequest } from "../../pki/signing-request.js";
import { configFile, leading, type ConfigFile, type Leading } from "./config-file.js";

/** What was issued to a user. */
export interface Issued {
  readonly expires: string;
  readonly credential: UserCredential;
  readonly certificate: string | null;
}

/** What the steps of `user add` and `user renew` share. */
export interface Giving {
  readonly kube: KubeApi;
  readonly wish: Wish;
  readonly minor: number;
  /** The user as the cluster's record has it; undefined for a new one. */
  readonly before: User | undefined;
  readonly issue: string;
  /** The colleague's own request, of which the key stays there. */
  readonly request: SigningRequest | undefined;
  /** What the namespace is: ours for this user, also when it is still to be made; or somebody else's. */
  readonly namespace: "missing" | "ours" | "foreign" | "none";
  readonly file: ConfigFile;
  readonly leading: Leading;
  readonly issued: OwnResult<Issued>;
}

export interface GivingInput {
  readonly wish: Wish;
  readonly before: User | undefined;
  readonly minor: number;
  /** Path of the request, and what of it was read. */
  readonly csr: string | undefined;
  /** Whether an existing namespace that is not ours may be used. */
  readonly takesForeign: boolean;
  readonly file: string | undefined;
}

/**
 * Looks at everything that could stand in the way before anything is made. Throws `usage` for a file or request that
 * cannot be used, and `conflict` for objects of others under our names. Changes nothing.
 */
export async function lookBefore(context: ClusterContext, kube: KubeApi, input: GivingInput): Promise<Giving> {
  const { wish, before, minor } = input;
  const { signal } = context;
  const spent = [...(await spentIssues(kube, signal)), ...(before?.issue ? [before.issue] : [])];
  const request = input.csr === undefined ? undefined : await readRequest(input.csr, wish.name);
  const issue =
    input.csr === undefined ? newIssue() : issueIn(request?.names, { user: wish.name, file: input.csr, spent });
  const file = await configFile(context, wish.name, input.file);
  const namespace = await namespaceState(kube, wish, input.takesForeign, signal);
  await refuseForeign(kube, wish, signal);
  return {
    ...{ kube, wish, minor, before, issue, request, namespace, file },
    ...{ leading: await leading(context), issued: result() },
  };
}

/** Bytes of a request; one with the longest keys has some 6 KiB. */
const MOST_BYTES = 64 * 1024;

/** The request in a file; undefined when it is none. Throws `usage` when there is no such file. */
async function readRequest(file: string, user: string): Promise<SigningRequest | undefined> {
  try {
    const text = await readFile(file, "utf8");
    return text.length > MOST_BYTES ? undefined : await readSigningRequest(text);
  } catch (error) {
    throw new AlpineK8sError("usage", `--csr ${file} cannot be read: ${messageOf(error)}`, {
      hints: ["check the name of the file", `to make one, on the colleague's computer: ${requestLine(user)}`],
      cause: error,
    });
  }
}

async function namespaceState(
  kube: KubeApi,
  { name, namespace }: Wish,
  takesForeign: boolean,
  signal: AbortSignal,
): Promise<Giving["namespace"]> {
  if (namespace === null) return "none";
  const live = await kube.find(pathOf(namespaceObject(name, namespace, 0)), signal);
  if (live === undefined) return "missing";
  if (textOf(fieldsOf(live["status"])["phase"]) === "Terminating") {
    throw new AlpineK8sError("conflict", `the namespace ${namespace} is being deleted`, {
      hints: [`once it is gone, the same command again; alpine-k8s kubectl -- get namespace ${namespace}`],
    });
  }
  if (belongsTo(name, live)) return "ours";
  if (takesForeign) return "foreign";
  throw new AlpineK8sError(
    "conflict",
    `there is a namespace ${namespace} already, and it was not made for user ${name}`,
    {
      hints: [
        `to give access to it as it is: alpine-k8s user add ${name} --namespace ${namespace}`,
        `in another one: alpine-k8s user add ${name} --namespace NAME`,
      ],
    },
  );
}

/** Objects under our names that are somebody else's are not touched. */
async function refuseForeign(kube: KubeApi, wish: Wish, signal: AbortSignal): Promise<void> {
  const binding = bindingObject({ ...wish, issue: "" });
  const objects: readonly KubeObject[] = [...quotaObjects(wish), accountObject(wish.name), binding];
  const home = await kube.find(`/api/v1/namespaces/${USERS_NAMESPACE}`, signal);
  if (home !== undefined && !isManaged(home)) throw foreign({ kind: "Namespace", metadata: { name: USERS_NAMESPACE } });
  for (const object of objects) {
    const live = await kube.find(pathOf(object), signal);
    if (live !== undefined && !belongsTo(wish.name, live)) throw foreign(object);
  }
}

function foreign(object: Pick<KubeObject, "kind" | "metadata">): AlpineK8sError {
  const { kind, metadata } = object;
  const where = metadata.namespace === undefined ? "" : `-n ${metadata.namespace} `;
  return new AlpineK8sError(
    "conflict",
    `${describeObject(object)} exists and was not made by alpine-k8s for this user; it stays as it is`,
    { hints: [`look at it: alpine-k8s kubectl -- ${where}get ${kind.toLowerCase()} ${metadata.name} -o yaml`] },
  );
}
