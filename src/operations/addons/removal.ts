import { isOurs } from "../../addons/inventory/field-manager.js";
import { isKept, isOfTheCluster, removalParts } from "../../addons/inventory/removal-order.js";
import { messageOf } from "../../base/errors.js";
import { until } from "../../base/wait.js";
import { retryWhileApiUnavailable } from "../../control-plane/retry-while-api-unavailable.js";
import type { ClusterContext } from "../../engine/context.js";
import { tellWait } from "../../engine/tell-wait.js";
import { orWait } from "../../kube/again-later.js";
import { textOf, textsOf } from "../../kube/fields.js";
import type { KubeApi } from "../../kube/kube-api.js";
import { describeObject, type ObjectRef } from "../../kube/kube-object.js";
import { limitConcurrency } from "../../kube/limit-concurrency.js";
import { contentOf } from "../../addons/inventory/namespace-content.js";

/** An object that is to be deleted. */
export interface Going {
  readonly ref: ObjectRef;
  readonly path: string;
  /** Of the object that was seen: another one of its name is not waited for. */
  readonly uid: string;
}

/** An object that stays, and why, in words. */
export interface Staying {
  readonly ref: ObjectRef;
  readonly why: string;
}

/** What becomes of objects that an add-on has brought. Those that are not there any more are in neither list. */
export interface RemovalPlan {
  readonly going: readonly Going[];
  readonly staying: readonly Staying[];
}

/** Requests at the same time. */
const AT_ONCE = 6;

/**
 * Looks at each of these objects and says which go: those that are there and ours, without what is kept unless
 * `withData`. Objects that `others` name in any way stay without a word. Changes nothing.
 */
export async function planRemoval(
  context: ClusterContext,
  kube: KubeApi,
  { refs, others, withData }: { refs: readonly ObjectRef[]; others: readonly ObjectRef[]; withData: boolean },
): Promise<RemovalPlan> {
  const { signal } = context;
  const pathOf = (ref: ObjectRef): Promise<string | undefined> =>
    retryWhileApiUnavailable(context, () => kube.pathOf(ref, signal));
  const find = limitConcurrency(AT_ONCE, (path: string) =>
    retryWhileApiUnavailable(context, () => kube.find(path, signal)),
  );
  const known = refs.length === 0 ? [] : await Promise.all(others.map(pathOf));
  const wanted = new Set(known.flatMap((path) => (path === undefined ? [] : [withoutVersion(path)])));
  const judged = await Promise.all(
    refs.map(async (ref): Promise<Going | Staying | undefined> => {
      const path = await pathOf(ref);
      if (path === undefined || wanted.has(withoutVersion(path))) return undefined;
      const object = await find(path);
      if (object === undefined) return undefined;
      if (isOfTheCluster(ref)) return { ref, why: "is the cluster's own" };
      if (!isOurs(object)) return { ref, why: "is somebody else's now" };
      if (isKept(ref) && !withData) return { ref, why: "goes only with --with-data" };
      return { ref, path, uid: textOf(object.metadata["uid"]) ?? "" };
    }),
  );
  const all = judged.filter((one) => one !== undefined);
  return { going: all.filter((one) => "path" in one), staying: all.filter((one) => "why" in one) };
}

/** The same object has a path in each version of its group. */
function withoutVersion(path: string): string {
  return path.replace(/^\/apis\/([^/]+)\/[^/]+/, "/apis/$1");
}

/**
 * Deletes these objects, part by part. With `atMost`, in milliseconds, each part is waited for until it is gone; past that
 * it throws `timeout` with what is still there. Returns the namespaces that stay, because something else is in them.
 */
export async function removeObjects(
  context: ClusterContext,
  kube: KubeApi,
  going: readonly Going[],
  { atMost }: { readonly atMost?: number },
): Promise<readonly Staying[]> {
  const staying: Staying[] = [];
  for (const part of removalParts(going)) {
    const deleted: Going[] = [];
    for (const one of part) {
      const why = one.ref.kind === "Namespace" ? await whyNotEmpty(context, kube, one) : undefined;
      if (why !== undefined) {
        staying.push({ ref: one.ref, why });
        continue;
      }
      context.progress.detail(`deleting ${describeObject(one.ref)}`);
      // Else a Job would leave its pods, and a Deployment be gone before them.
      const path = `${one.path}?propagationPolicy=Foreground`;
      await retryWhileApiUnavailable(context, () => kube.delete(path, context.signal));
      deleted.push(one);
    }
    if (atMost !== undefined) await untilGone(context, kube, deleted, atMost);
  }
  return staying;
}

async function whyNotEmpty(context: ClusterContext, kube: KubeApi, { ref }: Going): Promise<string | undefined> {
  const { signal } = context;
  try {
    const content = await retryWhileApiUnavailable(context, () => contentOf(kube, ref.metadata.name, signal));
    if (content.length === 0) return undefined;
    const more = content.length > 5 ? ` and ${content.length - 5} more` : "";
    return `still has ${content.slice(0, 5).join(", ")}${more}`;
  } catch (error) {
    signal.throwIfAborted();
    return `could not be looked into: ${messageOf(error)}`;
  }
}

async function untilGone(
  context: ClusterContext,
  kube: KubeApi,
  deleted: readonly Going[],
  atMost: number,
): Promise<void> {
  const left = new Map(deleted.map((one) => [one.path, one]));
  const { clock } = context.tools;
  const check = (): Promise<string | undefined> =>
    orWait(async () => {
      let why: string | undefined;
      for (const [path, { ref, uid }] of left) {
        const object = await kube.find(path, context.signal);
        if (object === undefined || textOf(object.metadata["uid"]) !== (uid === "" ? undefined : uid))
          left.delete(path);
        else why ??= `${describeObject(ref)} is still there${heldBy(object.metadata["finalizers"])}`;
      }
      return why;
    });
  await until({
    ...{ what: "objects to be gone", every: 1000, atMost, clock, signal: context.signal, check },
    hints: ["give the same command again"],
    onReason: (reason) => tellWait(context, reason),
  });
  if (deleted.length > 0) tellWait(context, undefined);
}

function heldBy(finalizers: unknown): string {
  const names = Object.values(textsOf(Array.isArray(finalizers) ? { ...finalizers } : {}));
  return names.length === 0 ? "" : `, held by ${names.join(", ")}`;
}
