import { createHash } from "node:crypto";
import { stringify } from "yaml";
import { AlpineK8sError } from "../base/errors.js";
import { fieldsOf, textsOf } from "../kube/fields.js";
import type { CatalogueEntry } from "./catalogue/entry.js";
import { fill } from "./catalogue/fill.js";
import { placesOf, type Fitting } from "./catalogue/fit.js";
import { KUBERNETES_YAML } from "./documents.js";

/** Label by which the API's mirrors of our static pods are found; its value is the add-on's name. */
export const ADDON_LABEL = "alpine-k8s/addon";
/** Annotations of such a pod: the address that it carries, which is taken off a node with the pod, and the release. */
const ADDRESS_NOTE = "alpine-k8s/address";
export const VERSION_NOTE = "alpine-k8s/version";

interface PodFitting extends Fitting {
  /** The address of all masters. */
  readonly address: string;
  readonly node: {
    /** Short name. */
    readonly name: string;
    readonly address: string;
    /** The network card with the node's own address. */
    readonly interface: string;
  };
}

/** A static pod as it lies on one node. */
export interface StaticPod {
  /** Name of the pod, and of its file without the ending. */
  readonly name: string;
  readonly text: string;
  /** SHA-256 of the text, lower-case hex. */
  readonly sha256: string;
}

/**
 * The static pod of an entry as it is for one node. Throws `usage` for values that do not fit the entry's parameters, and
 * `bug` for an entry without such a pod.
 */
export function staticPodFor(entry: CatalogueEntry, fitting: PodFitting): StaticPod {
  const { address, node, version } = fitting;
  if (entry.staticPod === undefined) throw new AlpineK8sError("bug", `${entry.name} has no static pod`);
  const places = placesOf(entry, fitting);
  const known = {
    ...places,
    "cluster.virtualAddress": address,
    "node.name": node.name,
    "node.address": node.address,
    "node.interface":
      places["values.interface"] === "" ? node.interface : (places["values.interface"] ?? node.interface),
  };
  const pod = fieldsOf(fill(entry.staticPod, known));
  const metadata = fieldsOf(pod["metadata"]);
  const marked = {
    ...metadata,
    labels: { ...textsOf(metadata["labels"]), [ADDON_LABEL]: entry.name },
    annotations: { ...textsOf(metadata["annotations"]), [ADDRESS_NOTE]: address, [VERSION_NOTE]: version },
  };
  const text = stringify({ ...pod, metadata: marked }, { ...KUBERNETES_YAML, lineWidth: 0 });
  return { name: String(metadata["name"]), text, sha256: createHash("sha256").update(text).digest("hex") };
}
