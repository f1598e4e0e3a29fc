import { parseSpec } from "../../src/model/spec/parse-spec.js";
import type { ClusterSpec } from "../../src/model/spec/cluster-spec.js";
import { resolveIdentity, type Discovered } from "../../src/model/topology/resolve-identity.js";
import type { Identity } from "../../src/model/topology/topology.js";

export const CA_HASH = `sha256:${"0123456789abcdef".repeat(4)}`;

/** A spec from the YAML below `spec:`. */
export function specOf(text = ""): ClusterSpec {
  const indented = text.replace(/^/gm, "  ");
  return parseSpec({ text: `spec:\n${indented}\n`, source: "alpine-k8s.yaml", folderName: "demo", overrides: {} });
}

export function identityOf(spec: ClusterSpec, found: Partial<Discovered> = {}): Identity {
  return resolveIdentity(spec, { caHash: CA_HASH, folderId: "0a1b2c3d", ...found });
}
