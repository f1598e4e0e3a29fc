import { parseDocument, stringify } from "yaml";
import { AlpineK8sError } from "../../base/errors.js";
import { fieldsOf } from "../../kube/fields.js";
import { isWithin } from "../../model/versions/kubernetes.js";
import { KUBERNETES_YAML, splitDocuments } from "../documents.js";
import { changeAt, Misfit } from "./change-at.js";
import type { Patch } from "./entry.js";
import { fill, type Known } from "./fill.js";

/**
 * Makes the changes of a catalogue's entry in the objects of a manifest, and leaves out those that it drops. Documents
 * that nothing is changed in stay byte for byte. Throws `node` when an object is not there exactly once or has not the place that is changed: upstream's
 * manifest is another one than the entry was written for. `what` names the manifest.
 */
export function patchManifest(
  text: string,
  patches: readonly Patch[],
  { known, minor, what }: { readonly known: Known; readonly minor: number; readonly what: string },
): string {
  const parts = [...splitDocuments(text)];
  for (const patch of patches) {
    if (patch.minors !== undefined && !isWithin(minor, patch.minors)) continue;
    const found = parts.flatMap((part, index) => objectIn(part, patch, index));
    const [only] = found;
    if (found.length !== 1 || only === undefined) throw misfit(what, `${nameOf(patch)} exactly once`);
    parts[only.index] = patch.drop === true ? "" : changed(only.object, patch, { known, what });
  }
  return parts.join("");
}

interface Found {
  readonly index: number;
  readonly object: unknown;
}

function objectIn(part: string, { kind, name, namespace }: Patch, index: number): Found[] {
  if (!new RegExp(`^kind:\\s*["']?${kind}\\b`, "m").test(part)) return [];
  const object = parseDocument(part, KUBERNETES_YAML).toJS() as unknown;
  const metadata = fieldsOf(fieldsOf(object)["metadata"]);
  const isIt = metadata["name"] === name && metadata["namespace"] === namespace;
  return isIt ? [{ index, object }] : [];
}

function changed(
  object: unknown,
  patch: Patch,
  { known, what }: { readonly known: Known; readonly what: string },
): string {
  try {
    const after = patch.changes.reduce<unknown>((now, { at, ...change }) => {
      return changeAt(now, {
        at: at.map((segment) => String(fill(segment, known))),
        ...(fill(change, known) as object),
      });
    }, object);
    return `---\n${stringify(after, { ...KUBERNETES_YAML, lineWidth: 0, aliasDuplicateObjects: false })}`;
  } catch (error) {
    if (!(error instanceof Misfit)) throw error;
    throw misfit(what, `${error.message} in ${nameOf(patch)}`);
  }
}

function nameOf({ kind, name }: Patch): string {
  return `${kind} ${name}`;
}

function misfit(what: string, missing: string): AlpineK8sError {
  return new AlpineK8sError("node", `${what} has no ${missing}, so it cannot be fitted to the cluster`, {
    hints: ["give a manifest of your own: spec.addons: [{name: NAME, manifest: FILE}]"],
  });
}
