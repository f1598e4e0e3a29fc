import { FIELD_MANAGER } from "../../addons/inventory/field-manager.js";
import type { ReadManifest } from "../../addons/inventory/refs-in.js";
import { isKept } from "../../addons/inventory/removal-order.js";
import { covers, hasSameContent } from "../../kube/apply/same-content.js";
import { meaningOf } from "../../kube/again-later.js";
import type { KubeApi, KubeObject } from "../../kube/kube-api.js";
import { KubeError } from "../../kube/kube-error.js";
import { describeObject, type ObjectRef } from "../../kube/kube-object.js";
import { limitConcurrency } from "../../kube/limit-concurrency.js";
import { keyOf, seenObjects } from "./seen-objects.js";

/** What others have done since to the objects of an add-on. */
export interface Drift {
  /** Objects that are gone. */
  readonly missing: readonly ObjectRef[];
  /** Objects that applying the manifest again would change. */
  readonly changed: readonly KubeObject[];
  /** Objects that were changed in a way that the API does not take back, with its words. */
  readonly stuck: readonly string[];
}

/** Requests at the same time. */
const AT_ONCE = 2;

/**
 * Looks at what add-ons have brought, with few requests for all of them, and changes nothing. Jobs may go when they are
 * done and are left out; of what may hold data, definitions of kinds among it, only the existence counts. Throws the
 * API's error.
 */
export async function driftsOf(
  kube: KubeApi,
  brought: ReadonlyMap<string, ReadManifest>,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Drift>> {
  const all = [...brought].map(([name, { refs, objects }]) => ({
    ...{ name, refs: refs.filter(isLasting), objects: objects.filter((one) => isLasting(one) && !isKept(one)) },
  }));
  const seen = await seenObjects(
    kube,
    all.flatMap(({ refs }) => refs),
    signal,
  );
  const judge = limitConcurrency(AT_ONCE, (object: KubeObject) => judged(kube, object, { seen, signal }));
  const drifts = await Promise.all(
    all.map(async ({ name, refs, objects }): Promise<[string, Drift]> => {
      const verdicts = await Promise.all(objects.map(async (object) => ({ object, verdict: await judge(object) })));
      return [
        name,
        {
          missing: refs.filter((ref) => !seen.has(keyOf(ref))),
          changed: verdicts.flatMap(({ object, verdict }) => (verdict === "changed" ? [object] : [])),
          stuck: verdicts.flatMap(({ verdict }) => (typeof verdict === "string" ? [] : verdict.stuck)),
        },
      ];
    }),
  );
  return new Map(drifts);
}

function isLasting({ kind }: ObjectRef): boolean {
  return kind !== "Job";
}

type Verdict = "same" | "changed" | { readonly stuck: string };

/** The API is asked only about objects that do not look like the manifest: it knows how it writes the same. */
async function judged(
  kube: KubeApi,
  object: KubeObject,
  { seen, signal }: { readonly seen: ReadonlyMap<string, KubeObject>; readonly signal: AbortSignal },
): Promise<Verdict> {
  const live = seen.get(keyOf(object));
  if (live === undefined || covers({ ...live, apiVersion: object.apiVersion, kind: object.kind }, object))
    return "same";
  try {
    return hasSameContent(live, await kube.preview(object, FIELD_MANAGER, signal)) ? "same" : "changed";
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof KubeError) || meaningOf(error) === "later") throw error;
    return { stuck: error.message };
  }
}

/** "Deployment kube-system/headlamp (deleted)", and so on, at most some of them; empty when there is nothing. */
export function driftText({ missing, changed }: Drift): string {
  const all = [
    ...missing.map((ref) => `${describeObject(ref)} (deleted)`),
    ...changed.map((ref) => `${describeObject(ref)} (changed)`),
  ];
  const more = all.length > MOST_NAMED ? ` and ${all.length - MOST_NAMED} more` : "";
  return `${all.slice(0, MOST_NAMED).join(", ")}${more}`;
}

/** Objects that a line names. */
const MOST_NAMED = 5;
