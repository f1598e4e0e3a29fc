import {
  parseAllDocuments,
  YAMLParseError,
  type Document,
  type DocumentOptions,
  type ParseOptions,
  type SchemaOptions,
  type Tags,
} from "yaml";
import { REPEATED_KEY, repeatedKeys } from "../model/spec/repeated-keys.js";
import { nodesOf } from "../model/spec/yaml-nodes.js";

/** Types of YAML 1.1 that Kubernetes does not read. */
const UNREAD_TAGS = ["tag:yaml.org,2002:timestamp"];

/**
 * YAML as Kubernetes reads it (sigs.k8s.io/yaml): version 1.1, where `on` and `y` are booleans. Dates and base-60 numbers
 * stay text, as they do there.
 */
export const KUBERNETES_YAML: DocumentOptions & ParseOptions & SchemaOptions = {
  version: "1.1",
  prettyErrors: true,
  uniqueKeys: false,
  customTags: (tags: Tags) =>
    tags.filter(
      (tag) =>
        typeof tag === "string" || !(UNREAD_TAGS.includes(tag.tag) || ("format" in tag && tag.format === "TIME")),
    ),
};

/** The documents of a YAML text, byte for byte: joined they give the text. Each but the first starts with `---`. */
export function splitDocuments(text: string): readonly string[] {
  // A `---` at the start of a line is a marker wherever it stands: YAML forbids it even inside a block of text.
  return text.split(/^(?=---(?:\s|$))/m).filter((part) => part !== "");
}

/**
 * All documents of a text; errors in it are in the documents. A byte order mark at the begin of any of them is left out,
 * as files put together have one each, and JSON objects in a row are documents.
 */
export function parseDocuments(text: string): readonly Document.Parsed[] {
  const whole = apart(text);
  const documents = parseAllDocuments(whole, KUBERNETES_YAML);
  if (!Array.isArray(documents)) return [];
  for (const document of documents) {
    for (const at of repeatedKeys(nodesOf(document))) document.errors.push(repeated(whole, at));
  }
  return documents;
}

function repeated(text: string, at: number): YAMLParseError {
  const line = text.slice(0, at).split("\n").length;
  return new YAMLParseError([at, at + 1], "DUPLICATE_KEY", `${REPEATED_KEY} at line ${line}`);
}

function apart(text: string): string {
  return splitDocuments(text.replace(/^\uFEFF/gm, ""))
    .map(objectsApart)
    .join("");
}

/** JSON objects in a row as documents; each stays on its line, so that errors name the right one. */
function objectsApart(document: string): string {
  if (!/^(?:---)?\s*\{/.test(document)) return document;
  let depth = 0;
  let isAfterOne = false;
  return document.replace(/"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|(?<=\s)#.*|[{}]/g, (token, at: number) => {
    if (token === "}") isAfterOne = (depth -= 1) === 0;
    if (token !== "{" || (depth += 1) !== 1 || !isAfterOne) return token;
    return `${document[at - 1] === "\n" ? "" : "\n"}--- {`;
  });
}
