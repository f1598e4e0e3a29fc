import { fieldsOf, groupsIn, textOf, type Fields } from "./fields.js";
import { errorFromAnswer, KubeError } from "./kube-error.js";
import type { KubeObject } from "./kube-object.js";
import type { Answer } from "./transport.js";

/**
 * The document in an answer; nothing is known of its fields. Throws a KubeError for an answer of failure, and for one
 * that is no JSON document with fields.
 */
export function documentIn(what: string, { status, body }: Answer): Fields {
  if (status >= 300) throw errorFromAnswer(what, status, body);
  const document = parsed(what, status, body);
  if (fieldsOf(document) === document) return document as Fields;
  throw new KubeError(what, status, "", "the answer is no document with fields");
}

/** The object in an answer. Throws like {@link documentIn}, and for a document without a name in its metadata. */
export function objectIn(what: string, answer: Answer): KubeObject {
  const document = documentIn(what, answer);
  if (isObject(document)) return document;
  throw new KubeError(what, answer.status, "", "the answer is no object with a name");
}

/** A page of a collection, and the token of the next one, empty for the last. Throws a KubeError for any other document. */
export function pageIn(
  what: string,
  document: Fields,
): { readonly items: readonly KubeObject[]; readonly next: string } {
  const listed = document["items"] ?? [];
  const items = groupsIn(listed).filter(isObject);
  if (!Array.isArray(listed) || items.length < listed.length) {
    throw new KubeError(what, 200, "", "the answer is no list of objects");
  }
  return { items, next: textOf(fieldsOf(document["metadata"])["continue"]) ?? "" };
}

/** The items of a list have neither kind nor apiVersion; nothing reads these of an answer. */
function isObject(document: Fields): document is KubeObject {
  const { name, namespace } = fieldsOf(document["metadata"]);
  return typeof name === "string" && (namespace === undefined || typeof namespace === "string");
}

function parsed(what: string, status: number, body: string): unknown {
  try {
    return JSON.parse(body) as unknown;
  } catch (error) {
    throw new KubeError(what, status, "", "the answer is not JSON", { cause: error });
  }
}
