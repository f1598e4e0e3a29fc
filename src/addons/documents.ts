import {
  parseAllDocuments,
  type Document,
  type DocumentOptions,
  type ParseOptions,
  type SchemaOptions,
  type Tags,
} from "yaml";

const TAGS_OF_NOBODY = ["tag:yaml.org,2002:timestamp"];

/**
 * Kubernetes reads YAML 1.1 (sigs.k8s.io/yaml), where `on` and `y` are booleans; of that, dates and numbers to base 60
 * are left out, as its reader leaves them texts.
 */
export const KUBERNETES_YAML: DocumentOptions & ParseOptions & SchemaOptions = {
  version: "1.1",
  prettyErrors: true,
  customTags: (tags: Tags) =>
    tags.filter(
      (tag) =>
        typeof tag === "string" || !(TAGS_OF_NOBODY.includes(tag.tag) || ("format" in tag && tag.format === "TIME")),
    ),
};

/** The documents of a YAML text, byte for byte: put together they are the text. Each but the first starts with `---`. */
export function splitDocuments(text: string): readonly string[] {
  // A `---` at the start of a line is a marker wherever it stands: YAML forbids it even inside a block of text.
  return text.split(/^(?=---(?:\s|$))/m).filter((part) => part !== "");
}

/** All documents of a text; errors in it are in the documents. */
export function parseDocuments(text: string): readonly Document.Parsed[] {
  const documents = parseAllDocuments(text, KUBERNETES_YAML);
  return Array.isArray(documents) ? documents : [];
}
