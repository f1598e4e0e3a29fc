import { X509Certificate } from "node:crypto";
import type { Document, YAMLMap, YAMLSeq } from "yaml";
import { isMap, isScalar, isSeq, parseDocument } from "yaml";
import { AlpineK8sError } from "../base/errors.js";
import { readCredentials } from "./read-credentials.js";

/** The named lists of a kubeconfig, and the field that each of their entries has besides its name. */
export const LISTS = { clusters: "cluster", users: "user", contexts: "context" } as const;
export type ListName = keyof typeof LISTS;
export const LIST_NAMES = Object.keys(LISTS) as readonly ListName[];

/** The entries of one cluster, from its admin.config. */
export interface OwnEntries {
  /** Name of the cluster and of its context. */
  readonly name: string;
  readonly server: string;
  /** PEM of the cluster's CA, which distinguishes it from other clusters of that name. */
  readonly ca: string;
  readonly document: Document;
  readonly entries: Readonly<Record<ListName, { readonly name: string; readonly entry: YAMLMap }>>;
}

/**
 * The YAML of a kubeconfig with its comments; an empty text is an empty document. Throws `usage` naming the file and
 * the line, never the text, which may hold keys.
 */
export function parseKubeconfig(text: string, file: string): Document {
  if (text.includes("\0")) throw notAKubeconfig(file, "it is not UTF-8 (PowerShell writes UTF-16)");
  const document = parseDocument(withoutEmptyEnd(text), { prettyErrors: false });
  const [error] = document.errors;
  if (error) {
    const line = text.slice(0, error.pos[0]).split("\n").length;
    throw notAKubeconfig(file, `line ${line}: it is not YAML (${error.code})`);
  }
  if (document.contents !== null && !isMap(document.contents) && !isEmptyScalar(document.contents)) {
    throw notAKubeconfig(file, "it does not hold the fields of a kubeconfig");
  }
  for (const list of LIST_NAMES) checkList(document, list, file);
  if (text.includes("*")) refuseBombs(document, file);
  return document;
}

/** Aliases (`*NAME`) to nothing, and those that multiply without end, show only when the values are made. */
function refuseBombs(document: Document, file: string): void {
  try {
    document.toJS();
  } catch {
    throw notAKubeconfig(file, "its anchors and aliases cannot be followed");
  }
}

/** Kubectl takes a file that ends with `---`. */
function withoutEmptyEnd(text: string): string {
  const [, before, after = ""] = /^([^]*\n)---[ \t]*(?:\r?\n([^]*))?$/.exec(text) ?? [];
  const isEmpty = after.split("\n").every((line) => /^\s*(?:#.*)?$/.test(line));
  return before !== undefined && /\S/.test(before) && isEmpty ? before : text;
}

function checkList(document: ReturnType<typeof parseDocument>, list: ListName, file: string): void {
  const value: unknown = isMap(document.contents) ? document.get(list) : undefined;
  if (value === undefined || value === null) return;
  // An entry or name that is a YAML alias would be overlooked, and added a second time.
  if (!isSeq(value) || value.items.some((item) => !isMap(item) || typeof item.get("name") !== "string")) {
    throw notAKubeconfig(file, `its ${list} are not a plain list of named entries`);
  }
}

function isEmptyScalar(node: unknown): boolean {
  return isScalar(node) && (node.value === null || node.value === "");
}

function notAKubeconfig(file: string, why: string): AlpineK8sError {
  return new AlpineK8sError("usage", `${file} cannot be used: ${why}`, {
    hints: ["repair the file, or merge into another: KUBECONFIG=FILE alpine-k8s kubectl-config --merge"],
  });
}

/** The entries of a cluster, from the admin.config that alpine-k8s made for it. */
export function ownEntries(adminConfig: string): OwnEntries {
  const { ca, server } = readCredentials(adminConfig);
  const document = parseKubeconfig(adminConfig, "admin.config");
  const name = String(document.get("current-context"));
  const context = findEntry(document, "contexts", name)?.get("context");
  const reference = (field: string): string => (isMap(context) ? String(context.get(field)) : "");
  const pick = (list: ListName, wanted: string): { name: string; entry: YAMLMap } => {
    const entry = findEntry(document, list, wanted);
    if (!entry) throw new AlpineK8sError("bug", `admin.config has no ${LISTS[list]} ${wanted}`);
    return { name: wanted, entry };
  };
  const entries = {
    clusters: pick("clusters", reference("cluster")),
    users: pick("users", reference("user")),
    contexts: pick("contexts", name),
  };
  return { name, server, ca, document, entries };
}

export function findEntry(document: Document, list: ListName, name: string): YAMLMap | undefined {
  return sequence(document, list)?.items.find((item): item is YAMLMap => isMap(item) && item.get("name") === name);
}

export function sequence(document: Document, list: ListName): YAMLSeq | undefined {
  const value: unknown = isMap(document.contents) ? document.get(list) : undefined;
  return isSeq(value) ? value : undefined;
}

/** Whether an entry with our name is this cluster's: by the CA, and for a context by the names that it refers to. */
export function isOwn(own: OwnEntries, list: ListName, entry: YAMLMap): boolean {
  const fields: unknown = entry.get(LISTS[list]);
  if (!isMap(fields)) return false;
  // The same text is the same certificate; to read one takes a millisecond.
  if (list !== "contexts" && fields.get(CERTIFICATE[list]) === certificateIn(own.entries[list].entry, list))
    return true;
  if (list === "clusters") return isSameCertificate(pemIn(fields, CERTIFICATE.clusters), own.ca);
  if (list === "users") return isIssuedBy(pemIn(fields, CERTIFICATE.users), own.ca);
  return fields.get("cluster") === own.entries.clusters.name && fields.get("user") === own.entries.users.name;
}

/** The field that has an entry's certificate. */
const CERTIFICATE = { clusters: "certificate-authority-data", users: "client-certificate-data" } as const;

function certificateIn(entry: YAMLMap, list: keyof typeof CERTIFICATE): unknown {
  const fields: unknown = entry.get(LISTS[list]);
  return isMap(fields) ? fields.get(CERTIFICATE[list]) : undefined;
}

function pemIn(fields: YAMLMap, key: string): string {
  const value = fields.get(key);
  return typeof value === "string" ? Buffer.from(value, "base64").toString("utf8") : "";
}

function isSameCertificate(one: string, other: string): boolean {
  return certificateOf(one)?.fingerprint256 === new X509Certificate(other).fingerprint256;
}

function isIssuedBy(certificate: string, ca: string): boolean {
  return certificateOf(certificate)?.verify(new X509Certificate(ca).publicKey) ?? false;
}

function certificateOf(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}

/** The document as text, in the style of `like`, from which it was read: JSON, indentation of lists, line ends. */
export function formatKubeconfig(document: Document, like: string): string {
  if (isJson(like)) return `${JSON.stringify(document.toJS(), undefined, 2)}\n`;
  const indentSeq = /^(clusters|contexts|users):[^\S\n]*\r?\n-/m.test(like) ? false : true;
  const text = document.toString({ lineWidth: 0, indentSeq });
  return like.includes("\r\n") ? text.replace(/\r?\n/g, "\r\n") : text;
}

/** A kubeconfig of ours as plain data. */
export function kubeconfigDocument(text: string): unknown {
  return parseKubeconfig(text, "admin.config").toJS() as unknown;
}

function isJson(text: string): boolean {
  if (!/^\s*\{/.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
