import { X509Certificate } from "node:crypto";
import { isIPv6 } from "node:net";
import { stringify } from "yaml";
import { AlpineK8sError } from "../base/errors.js";
import { readCredentials, type ConfigSource } from "./read-credentials.js";

export { readCredentials } from "./read-credentials.js";

export interface AdminConfigOptions {
  /** Text of the node's /etc/kubernetes/admin.conf. */
  readonly adminConf: string;
  /** The node that it came from, for messages. */
  readonly node?: string;
  /** Names of cluster and context; the user is `<clusterName>-admin`. */
  readonly clusterName: string;
  /** URL of the API at an address that this computer reaches, see {@link serverUrl}. */
  readonly server: string;
  /** Name in the API's certificate, `api.<name>.<domain>`. */
  readonly serverName: string;
  /** PEM of the cluster's CA as this computer made it. */
  readonly caCertificate: string;
}

/** The same admin.config, leading to another server. */
export function withServer(adminConfig: string, server: string): string {
  return adminConfig.replace(/^( +server: ).*$/m, (_, key: string) => `${key}${server}`);
}

/** URL of an API server; IPv6 addresses get their brackets. */
export function serverUrl(address: string, port = 6443): string {
  return `https://${isIPv6(address) ? `[${address}]` : address}:${port}`;
}

/**
 * admin.config for this computer: the node's credentials, the address that this computer reaches, the endpoint's name
 * to check the certificate against (kubectl 1.18 and later), and names that do not clash with those of other clusters.
 * Certificate checks are never switched off. Throws `node` for a file that trusts another CA than the cluster's.
 */
export function makeAdminConfig(options: AdminConfigOptions): string {
  const source = sourceOf(options);
  const credentials = readCredentials(options.adminConf, source);
  refuseOtherCa(credentials.ca, options, source);
  const name = options.clusterName;
  const user = `${name}-admin`;
  const document = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [
      {
        name,
        cluster: {
          server: options.server,
          "tls-server-name": options.serverName,
          "certificate-authority-data": base64(options.caCertificate),
        },
      },
    ],
    contexts: [{ name, context: { cluster: name, user } }],
    "current-context": name,
    preferences: {},
    users: [
      {
        name: user,
        user: {
          "client-certificate-data": base64(credentials.certificate),
          "client-key-data": base64(credentials.key),
        },
      },
    ],
  };
  // kubectl reads YAML 1.1, in which a cluster called "no" or "1e3" must be quoted to stay text.
  return stringify(document, { version: "1.1", lineWidth: 0 });
}

function sourceOf(options: AdminConfigOptions): ConfigSource {
  const file = "/etc/kubernetes/admin.conf";
  return options.node === undefined ? { file } : { file, node: options.node };
}

function refuseOtherCa(ca: string, options: AdminConfigOptions, { file, node }: ConfigSource): void {
  if (fingerprintOf(ca) === fingerprintOf(options.caCertificate)) return;
  const where = node === undefined ? file : `${node}: ${file}`;
  throw new AlpineK8sError("node", `${where} trusts a CA that is not the one of cluster ${options.clusterName}`, {
    ...(node === undefined ? {} : { node }),
    hints: ["the machine belongs to another cluster; check the addresses in alpine-k8s.yaml"],
  });
}

/** SHA-256 of the first certificate of a PEM; undefined when there is none. */
export function fingerprintOf(pem: string): string | undefined {
  try {
    return new X509Certificate(pem).fingerprint256;
  } catch {
    return undefined;
  }
}

/** The text in base64, as kubeconfigs hold certificates and keys. */
export function base64(text: string): string {
  return Buffer.from(text, "utf8").toString("base64");
}
