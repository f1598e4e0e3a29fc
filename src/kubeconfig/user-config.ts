import { parse, stringify } from "yaml";
import { base64, fingerprintOf } from "./admin-config.js";

/** How a user of the cluster proves who it is, as kubectl takes it. Certificate and key are PEM. */
export type UserCredential =
  | { readonly token: string }
  /** `keyFile`: a path; one that is not absolute is looked for beside the kubeconfig. */
  | { readonly certificate: string; readonly keyFile: string }
  | { readonly certificate: string; readonly key: string };

export interface UserConfig {
  readonly cluster: string;
  readonly user: string;
  /** The namespace that kubectl works in; undefined: `default`. */
  readonly namespace: string | undefined;
  readonly server: string;
  readonly serverName: string | undefined;
  /** PEM of the cluster's CA. */
  readonly ca: string;
  readonly credential: UserCredential;
}

/** Text of a kubeconfig for one user, whose names do not clash with those of the cluster's admin.config. */
export function makeUserConfig(config: UserConfig): string {
  const { cluster, user, namespace, server, serverName, ca, credential } = config;
  const name = `${user}@${cluster}`;
  const document = {
    ...{ apiVersion: "v1", kind: "Config" },
    clusters: [
      {
        name: cluster,
        cluster: {
          server,
          ...(serverName === undefined ? {} : { "tls-server-name": serverName }),
          "certificate-authority-data": base64(ca),
        },
      },
    ],
    contexts: [{ name, context: { cluster, user: name, ...(namespace === undefined ? {} : { namespace }) } }],
    "current-context": name,
    preferences: {},
    users: [{ name, user: fieldsFor(credential) }],
  };
  // kubectl reads YAML 1.1, in which a name such as "no" must be quoted to stay text.
  return stringify(document, { version: "1.1", lineWidth: 0 });
}

/**
 * Whether a file's text is a kubeconfig that was made here for this user of this cluster, and nothing was added to it: it
 * has one entry of each kind, with the user's name, and the cluster's CA.
 */
export function isUserConfig(
  text: string,
  { cluster, user, ca }: Pick<UserConfig, "cluster" | "user" | "ca">,
): boolean {
  const config = read(text);
  const only = (list: string): Fields => {
    const entries = config[list];
    return Array.isArray(entries) && entries.length === 1 ? fieldsOf(entries[0]) : {};
  };
  const name = `${user}@${cluster}`;
  const own = fingerprintOf(ca);
  const inFile = fieldsOf(only("clusters")["cluster"])["certificate-authority-data"];
  return (
    only("users")["name"] === name &&
    only("contexts")["name"] === name &&
    only("clusters")["name"] === cluster &&
    own !== undefined &&
    fingerprintOf(typeof inFile === "string" ? Buffer.from(inFile, "base64").toString("utf8") : "") === own
  );
}

/** The key in such a file, in PEM; undefined when it has none. */
export function keyInUserConfig(text: string): string | undefined {
  const { users } = read(text);
  const key = Array.isArray(users) ? fieldsOf(fieldsOf(users[0])["user"])["client-key-data"] : undefined;
  return typeof key === "string" && key !== "" ? Buffer.from(key, "base64").toString("utf8") : undefined;
}

type Fields = Readonly<Record<string, unknown>>;

function fieldsFor(credential: UserCredential): Fields {
  if ("token" in credential) return { token: credential.token };
  const certificate = { "client-certificate-data": base64(credential.certificate) };
  if ("key" in credential) return { ...certificate, "client-key-data": base64(credential.key) };
  return { ...certificate, "client-key": credential.keyFile };
}

/** Bytes of a kubeconfig that is looked into; ours have some 4 KiB. */
const MOST_BYTES = 64 * 1024;

/** Without warnings, which would print a line with the key. */
function read(text: string): Fields {
  if (Buffer.byteLength(text) > MOST_BYTES) return {};
  try {
    return fieldsOf(parse(text, { logLevel: "error", uniqueKeys: false }));
  } catch {
    return {};
  }
}

function fieldsOf(value: unknown): Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}
