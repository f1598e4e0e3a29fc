import { X509Certificate } from "node:crypto";
import { parse } from "yaml";
import { AlpineK8sError } from "../base/errors.js";

/** What is needed to talk to a cluster's API; certificates and key are PEM. */
export interface Credentials {
  /** URL of the API, `https://10.250.250.2:6443`. */
  readonly server: string;
  /** Name that the server's certificate must carry; absent: the host of `server`. */
  readonly serverName?: string;
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
  /** When the client certificate stops being valid. */
  readonly notAfter: Date;
}

/** Bytes of a kubeconfig with one context; one of kubeadm has 6 KiB. */
const MOST_BYTES = 64 * 1024;

/** Where a kubeconfig's text came from, for messages: a file of ours, or one on a node. */
export interface ConfigSource {
  readonly file: string;
  readonly node?: string;
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * The credentials of a kubeconfig's current context. Only embedded certificates are taken: a path in a file from a
 * node means nothing on this computer. One of more than 64 KiB is refused unread. Throws (`node` when it came from a node, else `usage`) naming what is missing.
 * Never repeats the text: it holds a private key.
 */
export function readCredentials(text: string, source: ConfigSource = { file: "admin.config" }): Credentials {
  const { cluster, user } = currentEntries(text, source);
  const server = cluster["server"];
  if (typeof server !== "string" || !server.startsWith("https://")) {
    throw unreadable(source, "its cluster has no https server");
  }
  const serverName = cluster["tls-server-name"];
  const certificate = embedded(user, "client-certificate-data", source);
  return {
    server,
    ...(typeof serverName === "string" && serverName !== "" ? { serverName } : {}),
    ca: embedded(cluster, "certificate-authority-data", source),
    certificate,
    key: embedded(user, "client-key-data", source),
    notAfter: notAfterOf(certificate, source),
  };
}

function currentEntries(text: string, source: ConfigSource): { cluster: Fields; user: Fields } {
  if (Buffer.byteLength(text) > MOST_BYTES) throw unreadable(source, `it is larger than ${MOST_BYTES / 1024} KiB`);
  const config = fieldsOf(parseQuietly(text));
  if (!config) throw unreadable(source, "it is not YAML with fields");
  const context = fieldsOf(entryOf(config["contexts"], config["current-context"])?.["context"]);
  const cluster = fieldsOf(entryOf(config["clusters"], context?.["cluster"])?.["cluster"]);
  const user = fieldsOf(entryOf(config["users"], context?.["user"])?.["user"]);
  if (cluster && user) return { cluster, user };
  throw unreadable(source, "its current-context does not lead to a context with a cluster and a user");
}

function notAfterOf(certificate: string, source: ConfigSource): Date {
  try {
    return new Date(new X509Certificate(certificate).validTo);
  } catch {
    throw unreadable(source, "its client certificate cannot be read");
  }
}

/** Without warnings, which would print a line with the key; without a look for keys given twice, which takes squared time. */
function parseQuietly(text: string): unknown {
  try {
    return parse(text, { logLevel: "error", uniqueKeys: false }) as unknown;
  } catch {
    return undefined;
  }
}

function fieldsOf(value: unknown): Fields | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}

function entryOf(list: unknown, name: unknown): Fields | undefined {
  if (!Array.isArray(list) || typeof name !== "string") return undefined;
  return list.map(fieldsOf).find((entry) => entry?.["name"] === name);
}

function embedded(fields: Fields, key: string, source: ConfigSource): string {
  const value = fields[key];
  const pem = typeof value === "string" ? Buffer.from(value, "base64").toString("utf8") : "";
  if (!pem.includes("-----BEGIN ")) throw unreadable(source, `it has no usable ${key}`);
  return pem;
}

function unreadable(source: ConfigSource, why: string): AlpineK8sError {
  if (source.node !== undefined) {
    return new AlpineK8sError("node", `${source.node}: ${source.file} cannot be used: ${why}`, { node: source.node });
  }
  return new AlpineK8sError("usage", `${source.file} cannot be used: ${why}`, {
    hints: [`remove ${source.file} and run: alpine-k8s kubectl-config`],
  });
}
