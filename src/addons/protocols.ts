import { stringify } from "yaml";
import { isDeepStrictEqual } from "node:util";
import { withProtocols } from "../kube/apply/with-protocols.js";
import { KUBERNETES_YAML, splitDocuments } from "./documents.js";
import { parseManifest } from "./manifest.js";

/**
 * A manifest as Kubernetes 1.20 takes it from `kubectl apply --server-side`, which plain Vagrant and master.sh type: with the
 * protocol of every port, and numbers of resources as text, see {@link withProtocols}. Documents that lack none stay byte for byte. Throws `usage` for what is
 * no manifest.
 */
export function withProtocolsIn(text: string, source: string): string {
  const parts = splitDocuments(text);
  const filled = parts.map((part) => (/\b(?:ports|resources)["']?\s*:/.test(part) ? filledPart(part, source) : part));
  return filled.join("");
}

function filledPart(part: string, source: string): string {
  const objects = parseManifest(part, source);
  const filled = objects.map(withProtocols);
  if (isDeepStrictEqual(objects, filled)) return part;
  return filled.map((object) => `---\n${stringify(object, { ...KUBERNETES_YAML, lineWidth: 0 })}`).join("");
}
