import type { AddonRef, ClusterSpec, HostEntry, NodeGroup } from "./cluster-spec.js";
import { HIDDEN, withoutUrlSecrets } from "../../base/hide-logins.js";

/**
 * The document that a user would write for a spec, with every value named: parsing it gives the same spec. With
 * `provider: hosts` it leaves out the parts that are only read for Vagrant.
 */
export function specDocument(spec: ClusterSpec): Readonly<Record<string, unknown>> {
  const { kubernetes, vagrant } = spec;
  return {
    apiVersion: "alpine-k8s/v1",
    kind: "Cluster",
    metadata: { name: spec.name },
    spec: {
      domain: spec.domain,
      kubernetes: {
        ...present({ version: kubernetes.version }),
        podSubnet: kubernetes.podSubnet,
        serviceSubnet: kubernetes.serviceSubnet,
        dnsDomain: kubernetes.dnsDomain,
        apiServer: kubernetes.apiServer,
        ignorePreflightErrors: kubernetes.ignorePreflightErrors,
        kubeadm: kubernetes.kubeadm,
      },
      provider: spec.provider,
      ...(spec.provider === "hosts"
        ? { hosts: spec.hosts.map(hostDocument) }
        : {
            vagrant: {
              ...present({ provider: vagrant.provider }),
              ...(vagrant.image === undefined
                ? {
                    ...{ box: vagrant.box, boxUrl: vagrant.boxUrl, boxSha256: vagrant.boxSha256 },
                    ...present({ boxCatalog: vagrant.boxCatalog }),
                    ...present({
                      boxBase: vagrant.boxBase,
                      boxBaseSha512: vagrant.boxBaseSha512,
                      boxMirror: vagrant.boxMirror,
                    }),
                  }
                : { image: vagrant.image }),
              ...present({ network: vagrant.network }),
            },
            nodes: nodesDocument(spec.nodes),
          }),
      images: spec.images,
      proxy: spec.proxy,
      kubectl: spec.kubectl,
      network: spec.network,
      addons: spec.addons.map(addonEntry),
      catalogues: spec.catalogues,
    },
  };
}

/** Without counts beside a list, because the parser refuses them. */
function nodesDocument({ masters, minions, list }: ClusterSpec["nodes"]): Record<string, unknown> {
  if (list.length === 0) return { masters, minions, list };
  return { masters: withoutCount(masters), minions: withoutCount(minions), list };
}

function withoutCount({ cpus, memory, labels, taints }: NodeGroup): Omit<NodeGroup, "count"> {
  return { cpus, memory, labels, taints };
}

/** With the keys in the order in which people write them. */
function hostDocument({ name, role, address, privateAddress, port, user, become, ...rest }: HostEntry): HostEntry {
  return { name, role, address, privateAddress, port, user, become, ...rest };
}

/** An add-on as a user would write it: only its name where there is nothing more to say. */
export function addonEntry(addon: AddonRef): AddonRef | string {
  return Object.keys(addon).length === 1 ? addon.name : addon;
}

function present(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

/** Names of URL parameters and container variables that hold secrets. */
const SECRET_NAME = /token|sig|secret|passw|credential|api_?key|auth/i;

/** Keys of kubeadm's documents that hold a secret. */
const SECRET_KEYS: readonly string[] = ["certificateKey", "token"];

/** A name that is none, such as a group of keys, is no secret's. */
function isSecretName(name: unknown): boolean {
  return typeof name === "string" && SECRET_NAME.test(name);
}

/**
 * The document without secrets: users and passwords of URLs, signed parameters of URLs, keys and tokens among the
 * additions to kubeadm's documents, container variables that are named like a secret. Still a valid spec.
 */
export function withoutSecrets(value: unknown): unknown {
  if (typeof value === "string") return withoutUrlSecrets(value);
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, inner]): [string, unknown] => {
    if (SECRET_KEYS.includes(key) && typeof inner === "string") return [key, HIDDEN];
    return key === "extraEnvs" && Array.isArray(inner)
      ? [key, inner.map(hiddenVariable)]
      : [key, withoutSecrets(inner)];
  });
  return Object.fromEntries(entries);
}

function hiddenVariable(entry: unknown): unknown {
  if (typeof entry !== "object" || entry === null || !("name" in entry) || !("value" in entry)) return entry;
  return isSecretName(entry.name) ? { ...entry, value: HIDDEN } : withoutSecrets(entry);
}

/** Shorter values are switches; hiding them wherever they occur would hide half a log. */
const SHORTEST_VALUE = 4;

/** The secrets that {@link withoutSecrets} removes from a document, to remove them from other texts, too. */
export function secretsIn(value: unknown): readonly string[] {
  if (typeof value === "string") return secretsInUrls(value);
  if (Array.isArray(value)) return value.flatMap(secretsIn);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]: [string, unknown]) => {
    if (SECRET_KEYS.includes(key) && typeof inner === "string") return [inner];
    return key === "extraEnvs" && Array.isArray(inner) ? inner.flatMap(secretsInVariable) : secretsIn(inner);
  });
}

function secretsInVariable(entry: unknown): readonly string[] {
  if (typeof entry !== "object" || entry === null || !("name" in entry) || !("value" in entry)) return secretsIn(entry);
  const { value } = entry;
  if (typeof value !== "string") return secretsIn(entry);
  const isSwitch = value.length < SHORTEST_VALUE || /^(?:true|false|none)$/i.test(value);
  return isSecretName(entry.name) && !isSwitch ? [value] : secretsIn(entry);
}

function secretsInUrls(text: string): readonly string[] {
  const logins = [...text.matchAll(/\b[a-z][a-z0-9+.-]*:\/\/([^/?#\s]*)@/gi)].map(([, login = ""]) => login);
  const passwords = logins.map((login) => login.slice(login.indexOf(":") + 1));
  const parameters = [...text.matchAll(/[?&]([^=&#\s]*)=([^&#\s]*)/g)].flatMap(([, name = "", secret = ""]) =>
    SECRET_NAME.test(name) && secret.length >= SHORTEST_VALUE ? [secret] : [],
  );
  return [...logins, ...passwords, ...parameters];
}
