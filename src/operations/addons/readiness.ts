import type { Readiness } from "../../addons/catalogue/entry.js";
import { workloadRefs } from "../../addons/workloads.js";
import { workloadsAvailable } from "../../kube/conditions.js";
import { statusConditions } from "../../kube/fields.js";
import type { KubeApi, KubeObject } from "../../kube/kube-api.js";
import { describeObject, type ObjectRef } from "../../kube/kube-object.js";
import { whyUnavailable } from "../../kube/stuck-pods.js";

/** One thing that an add-on has to show, as it is now. */
export interface AddonCondition {
  readonly id: string;
  readonly met: boolean;
  /** Why not; empty when met. */
  readonly reason: string;
}

/** Whether an add-on works, as the cluster shows it. */
export interface AddonLook {
  readonly conditions: readonly AddonCondition[];
  /** The workloads that are there. */
  readonly workloads: readonly KubeObject[];
}

/** Looks at the workloads among these objects, and at what a catalogue's entry wants besides. Throws the API's error. */
export async function lookAtAddon(
  kube: KubeApi,
  { refs, readiness }: { readonly refs: readonly ObjectRef[]; readonly readiness: readonly Readiness[] },
  signal: AbortSignal,
): Promise<AddonLook> {
  const wanted = workloadRefs(refs);
  const found = await Promise.all(
    wanted.map(async ({ apiVersion, kind, name, namespace }) => {
      const object = await findObject(kube, { apiVersion, kind, metadata: { name, namespace } }, signal);
      return object === undefined ? [] : [{ ...object, apiVersion, kind }];
    }),
  );
  const workloads = found.flat();
  const problem = workloadsAvailable(wanted, workloads);
  const why = problem === undefined ? "" : await whyUnavailable(kube, wanted, workloads, signal);
  const available: AddonCondition = {
    ...{ id: "workloads-available", met: problem === undefined },
    reason: problem === undefined ? "" : why === "" ? problem : `${problem} (${why})`,
  };
  const named = await Promise.all(readiness.map((one) => namedCondition(kube, one, signal)));
  return { conditions: [available, ...named], workloads };
}

async function namedCondition(
  kube: KubeApi,
  { id, title, apiVersion, kind, name, namespace, condition }: Readiness,
  signal: AbortSignal,
): Promise<AddonCondition> {
  const ref = { apiVersion, kind, metadata: { name, ...(namespace === undefined ? {} : { namespace }) } };
  const object = await findObject(kube, ref, signal);
  if (object === undefined) return { id, met: false, reason: `${title}: ${describeObject(ref)} does not exist` };
  const found = statusConditions(object).find(({ type }) => type === condition);
  if (found?.status === "True") return { id, met: true, reason: "" };
  const words = [found?.reason, found?.message].filter((word) => word !== undefined && word !== "").join(": ");
  return { id, met: false, reason: `${title}: ${describeObject(ref)} is not ${condition}${words && ` (${words})`}` };
}

/** An object; nothing when it, or its kind, is not there. */
async function findObject(kube: KubeApi, ref: ObjectRef, signal: AbortSignal): Promise<KubeObject | undefined> {
  const path = await kube.pathOf(ref, signal);
  return path === undefined ? undefined : kube.find(path, signal);
}

/** The conditions that are not met, in one sentence; nothing when all are. */
export function unmetOf({ conditions }: Pick<AddonLook, "conditions">): string | undefined {
  const unmet = conditions.filter(({ met }) => !met);
  return unmet.length === 0 ? undefined : unmet.map(({ id, reason }) => `${id}: ${reason}`).join("; ");
}
