import { Document, visit } from "yaml";

/** Plain scalars that Go's yaml.v2 does not read as text, beyond those of YAML 1.1. */
const NOT_TEXT_IN_GO = /^(?:[-+]?0[oO].*|=)$/;

/**
 * Plain data as YAML that Kubernetes' programs read correctly: they follow YAML 1.1, where `yes`, `on` and `12:30` are
 * not text unless they are quoted (sigs.k8s.io/yaml on yaml.v2).
 */
export function yamlForGo(data: unknown): string {
  const document = new Document(data, { version: "1.1", aliasDuplicateObjects: false });
  visit(document, {
    Scalar(_key, node) {
      if (typeof node.value === "string" && NOT_TEXT_IN_GO.test(node.value)) node.type = "QUOTE_DOUBLE";
    },
  });
  return document.toString({ lineWidth: 0 });
}
