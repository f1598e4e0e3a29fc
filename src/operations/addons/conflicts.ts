import { FIELD_MANAGER } from "../../addons/inventory/field-manager.js";
import { AlpineK8sError } from "../../base/errors.js";
import type { FieldConflict } from "../../kube/apply/field-conflicts.js";
import type { KubeApi, KubeObject } from "../../kube/kube-api.js";
import { KubeError } from "../../kube/kube-error.js";
import { describeObject } from "../../kube/kube-object.js";
import { limitConcurrency } from "../../kube/limit-concurrency.js";

/** Fields of an object that others have changed since we applied it. */
export interface ObjectConflicts {
  /** "Deployment kube-system/coredns". */
  readonly object: string;
  readonly conflicts: readonly FieldConflict[];
}

/** Requests at the same time. */
const AT_ONCE = 6;

/**
 * What applying these objects would take from others, asked of the API without changing anything. What cannot be asked for
 * yet, such as an object in a namespace that is still to be made, has no conflicts. Throws only on abort.
 */
export async function conflictsOf(
  kube: KubeApi,
  objects: readonly KubeObject[],
  signal: AbortSignal,
): Promise<readonly ObjectConflicts[]> {
  const ask = limitConcurrency(AT_ONCE, async (object: KubeObject): Promise<readonly FieldConflict[]> => {
    try {
      await kube.apply([object], FIELD_MANAGER, signal, { force: false, dryRun: true });
      return [];
    } catch (error) {
      signal.throwIfAborted();
      return error instanceof KubeError ? error.conflicts : [];
    }
  });
  const all = await Promise.all(
    objects.map(async (object) => ({ object: describeObject(object), conflicts: await ask(object) })),
  );
  return all.filter(({ conflicts }) => conflicts.length > 0);
}

/** The error that shows each field and who owns it. */
export function conflictError(command: string, found: readonly ObjectConflicts[]): AlpineK8sError {
  const lines = found.flatMap(({ object, conflicts }) =>
    conflicts.map(({ manager, field }) => `  ${object}: ${field} belongs to ${manager}`),
  );
  return new AlpineK8sError(
    "unhealthy",
    [`others own fields that would be changed; nothing was changed:`, ...lines].join("\n"),
    { hints: [`alpine-k8s ${command} --force-conflicts  (takes these fields)`] },
  );
}
