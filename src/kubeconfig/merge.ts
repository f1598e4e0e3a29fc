import { isMap, isNode, isScalar, YAMLMap, YAMLSeq, type Document } from "yaml";
import { AlpineK8sError } from "../base/errors.js";
import {
  findEntry,
  formatKubeconfig,
  isOwn,
  LIST_NAMES,
  LISTS,
  parseKubeconfig,
  sequence,
  type ListName,
  type OwnEntries,
} from "./merge-document.js";

export interface MergeOptions {
  /** The file that is merged into, for messages. */
  readonly file: string;
  /** Make this cluster's context the current one. */
  readonly use: boolean;
  /** Replace entries of the same names that belong to another cluster. */
  readonly force: boolean;
}

export interface Merged {
  readonly text: string;
  readonly changed: boolean;
  /** Name of the cluster's context. */
  readonly context: string;
  /** The current context afterwards; empty when the file names none. */
  readonly currentContext: string;
  /** Entries of another cluster that `force` replaced, such as `cluster demo`. */
  readonly replaced: readonly string[];
}

/** Other fields for the CA or the user. They would contradict the ones that we set, or take precedence over them. */
const CONTRADICTING: Readonly<Record<ListName, readonly string[]>> = {
  clusters: ["insecure-skip-tls-verify", "certificate-authority"],
  users: ["client-certificate", "client-key", "token", "tokenFile", "username", "password", "auth-provider", "exec"],
  contexts: [],
};

/**
 * Puts a cluster's entries into a kubeconfig. Comments, other entries, unknown fields and the current context stay (the
 * last unless `use`); entries of this cluster are brought up to date and keep what the user added to them. Throws
 * `conflict` when entries of the same names belong to another cluster, unless `force`.
 */
export function mergeKubeconfig(existing: string | undefined, own: OwnEntries, options: MergeOptions): Merged {
  const document = parseKubeconfig(existing ?? "", options.file);
  if (!options.force) refuseForeign(document, own, options.file);
  let changed = false;
  const replaced: string[] = [];
  if (!isMap(document.contents)) {
    startDocument(document, own);
    changed = true;
  }
  for (const list of LIST_NAMES) {
    const outcome = putEntry(document, list, own);
    if (outcome !== "same") changed = true;
    if (outcome === "replaced") replaced.push(`${LISTS[list]} ${own.entries[list].name}`);
  }
  if (options.use && currentContext(document) !== own.name) {
    const former = document.get("current-context", true);
    document.set("current-context", withComments(cloned(own.document.get("current-context", true)), former));
    changed = true;
  }
  const text = changed ? formatKubeconfig(document, existing ?? "") : (existing ?? "");
  return { text, changed, context: own.name, currentContext: currentContext(document), replaced };
}

/** Throws `conflict` when the text has entries of this cluster's names that belong to another cluster. */
export function refuseForeignEntries(text: string, own: OwnEntries, file: string): void {
  refuseForeign(parseKubeconfig(text, file), own, file);
}

/** The name of the file's current context; empty when there is none. */
export function currentContext(document: Document): string {
  const name = isMap(document.contents) ? document.get("current-context") : undefined;
  return typeof name === "string" ? name : "";
}

function startDocument(document: Document, own: OwnEntries): void {
  const contents = new YAMLMap();
  for (const key of ["apiVersion", "kind"]) contents.set(key, cloned(own.document.get(key, true)));
  document.contents = contents;
}

type Outcome = "same" | "added" | "updated" | "replaced";

function putEntry(document: Document, list: ListName, own: OwnEntries): Outcome {
  const { name, entry } = own.entries[list];
  const existing = findEntry(document, list, name);
  if (!existing) {
    listOf(document, list).add(cloned(entry));
    return "added";
  }
  const field = LISTS[list];
  const wanted = entry.get(field) as YAMLMap;
  if (isOwn(own, list, existing)) return update(existing.get(field) as YAMLMap, wanted, CONTRADICTING[list]);
  existing.set(field, cloned(wanted));
  return "replaced";
}

function update(fields: YAMLMap, wanted: YAMLMap, contradicting: readonly string[]): Outcome {
  let changed = false;
  for (const pair of wanted.items) {
    const key = isScalar(pair.key) ? pair.key.value : pair.key;
    const value = isScalar(pair.value) ? pair.value.value : pair.value;
    if (fields.get(key) === value) continue;
    fields.set(key, value);
    changed = true;
  }
  for (const key of contradicting) if (fields.delete(key)) changed = true;
  return changed ? "updated" : "same";
}

function listOf(document: Document, list: ListName): YAMLSeq {
  const existing = sequence(document, list);
  if (existing) {
    if (existing.items.length === 0) existing.flow = false;
    return existing;
  }
  const made = new YAMLSeq();
  document.set(list, withComments(made, isMap(document.contents) ? document.get(list, true) : undefined));
  return made;
}

/** The node with the comments of the one whose place it takes; behind a list's key they stand before its entries. */
function withComments(node: unknown, former: unknown): unknown {
  if (!isNode(node) || !isNode(former)) return node;
  const behind = isScalar(node) ? former.comment : undefined;
  const before = [former.commentBefore, isScalar(node) ? undefined : former.comment].filter(
    (text) => typeof text === "string",
  );
  if (behind !== undefined) node.comment = behind;
  if (before.length > 0) node.commentBefore = before.join("\n");
  return node;
}

function refuseForeign(document: Document, own: OwnEntries, file: string): void {
  const foreign = LIST_NAMES.flatMap((list) => {
    const { name } = own.entries[list];
    const existing = findEntry(document, list, name);
    return existing && !isOwn(own, list, existing) ? [describe(list, name, existing)] : [];
  });
  if (foreign.length === 0) return;
  throw new AlpineK8sError(
    "conflict",
    `${file} has entries of another cluster under the names of ${own.name}: ${foreign.join(", ")}`,
    {
      hints: [
        "if that cluster is gone: alpine-k8s kubectl-config --merge --force (a backup is kept)",
        `else keep them apart: KUBECONFIG=FILE alpine-k8s kubectl-config --merge, or kubectl --kubeconfig=admin.config`,
      ],
    },
  );
}

function describe(list: ListName, name: string, entry: YAMLMap): string {
  const server: unknown = list === "clusters" ? entry.getIn(["cluster", "server"]) : undefined;
  return `${LISTS[list]} ${name}${typeof server === "string" ? ` (${server})` : ""}`;
}

function cloned(node: unknown): unknown {
  return typeof node === "object" && node !== null && "clone" in node ? (node as YAMLMap).clone() : node;
}
