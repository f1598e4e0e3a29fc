import { Document, visit } from "yaml";

/** Plain scalars that Go's yaml.v2 does not read as text, beyond those of YAML 1.1. */
const NOT_TEXT_IN_GO = /^(?:[-+]?0[oO].*|=)$/;

/** Line ends in YAML 1.1 that are none in 1.2: NEL, line separator, paragraph separator. */
const LINE_ENDS = /[\u0085\u2028\u2029]/;
const LINE_ENDS_ALL = new RegExp(LINE_ENDS, "g");

/** As in a text in double quotes, which is where they stand. */
function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/**
 * Plain data as YAML that Kubernetes' programs read correctly: they follow YAML 1.1, where `yes`, `on` and `12:30` are
 * not text unless they are quoted (sigs.k8s.io/yaml on yaml.v2).
 */
export function yamlForGo(data: unknown): string {
  const document = new Document(data, { version: "1.1", aliasDuplicateObjects: false });
  visit(document, {
    Scalar(_key, node) {
      if (typeof node.value !== "string") return;
      if (NOT_TEXT_IN_GO.test(node.value) || LINE_ENDS.test(node.value)) node.type = "QUOTE_DOUBLE";
    },
  });
  return document.toString({ lineWidth: 0 }).replaceAll(LINE_ENDS_ALL, escaped);
}
