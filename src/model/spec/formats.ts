import { isIPv6 } from "node:net";
import { NEWEST_MINOR, OLDEST_MINOR } from "../versions/kubernetes.js";
import { contains, formatSubnet, parseAddress, parseSubnet, specialRange } from "./ipv4.js";
import type { Format } from "./schema.js";

/** Text that matches a pattern as a whole; `wrong` completes the sentence "VALUE …". */
export function pattern(source: string, wrong: string, maxLength = 253): Format {
  const expression = new RegExp(`^(?:${source})$`);
  return {
    json: { pattern: `^(?:${source})$`, maxLength },
    validate: (value) => {
      if (value.length > maxLength) return `has ${value.length} characters, at most ${maxLength} are allowed`;
      return expression.test(value) ? undefined : wrong;
    },
  };
}

/** The format, or empty text. */
export function orEmpty(format: Format): Format {
  return {
    ...format,
    json: { anyOf: [{ const: "" }, format.json] },
    validate: (value) => (value === "" ? undefined : format.validate(value)),
  };
}

const LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?";
const DNS = `${LABEL}(?:\\.${LABEL})*`;
const QUALIFIED = "[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?";
const HOST = "[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::\\d{1,5})?";

const DNS_RULE = "is not a DNS name: small letters, digits and hyphens, with a letter or digit at both ends";

/** RFC 1123 label, as Kubernetes wants it. */
export const dnsLabel = pattern(LABEL, `${DNS_RULE}, at most 63 characters`, 63);

/** RFC 1123 subdomain. */
export const dnsName = pattern(DNS, `${DNS_RULE} of every part, parts of at most 63 characters with dots between them`);

/** Name of a cluster: it becomes part of host, machine and domain names, hence the shorter limit. */
export const clusterName = pattern(LABEL, DNS_RULE, 40);

/** Any line of text. */
export const anyLine: Format = {
  json: { maxLength: 1024 },
  validate: (value) => (value.length > 1024 ? `has ${value.length} characters, at most 1024 are allowed` : undefined),
};

/** An IPv4 address that a machine can have. */
export const ipv4: Format = {
  json: { format: "ipv4" },
  validate: (value) => {
    if (isIPv6(value)) return "is an IPv6 address; only IPv4 is supported";
    const address = parseAddress(value);
    if (address === undefined) return "is not an IPv4 address such as 10.0.0.11";
    const special = specialRange({ base: address, prefix: 32 });
    return special === undefined ? undefined : `cannot be a machine's address: it is in ${special}`;
  },
};

/** Where ssh goes: an IPv4 address (loopback too, for forwarded ports) or a DNS name. */
export const sshAddress: Format = {
  json: { pattern: "^[A-Za-z0-9][A-Za-z0-9.-]*$" },
  validate: (value) => {
    if (isIPv6(value)) return "is an IPv6 address; only IPv4 is supported";
    if (/^[\d.]+$/.test(value))
      return parseAddress(value) === undefined ? "is not an IPv4 address such as 10.0.0.11" : undefined;
    return dnsName.validate(value.toLowerCase());
  },
};

/** Subject alternative name: IPv4, IPv6, or a DNS name whose first part may be `*`. */
export const altName: Format = {
  json: { type: "string", minLength: 1 },
  validate: (value) => {
    if (isIPv6(value) || parseAddress(value) !== undefined) return undefined;
    if (/^[\d.]+$/.test(value)) return "is not an IPv4 address such as 10.0.0.11";
    return dnsName.validate(value.replace(/^\*\./, "")) === undefined
      ? undefined
      : "is neither an IP address nor a DNS name";
  },
};

/** IPv4 network in CIDR form without address bits after the prefix. */
export const cidr: Format = {
  json: { pattern: "^\\d{1,3}(?:\\.\\d{1,3}){3}/\\d{1,2}$" },
  validate: (value) => {
    if (isIPv6(value.split("/")[0] ?? "")) return "is an IPv6 network; only IPv4 is supported";
    const subnet = parseSubnet(value);
    if (subnet === undefined) return "is not an IPv4 network such as 10.250.250.0/24";
    if (formatSubnet(subnet) !== value) return `has address bits behind the /${subnet.prefix}`;
    const special = specialRange(subnet);
    return special === undefined ? undefined : `cannot be used: it touches ${special}`;
  },
  suggest: (value) => {
    const subnet = parseSubnet(value);
    return subnet === undefined ? undefined : formatSubnet(subnet);
  },
};

const VERSION = "v(0|[1-9]\\d{0,4})\\.(0|[1-9]\\d{0,4})\\.(0|[1-9]\\d{0,4})(?:-[0-9A-Za-z.-]+)?(?:\\+[0-9A-Za-z.-]+)?";

/** A Kubernetes version that kubeadm documents are made for. */
export const kubernetesVersion: Format = {
  json: { pattern: `^${VERSION}$` },
  validate: (value) => {
    const match = new RegExp(`^${VERSION}$`).exec(value);
    if (match === null || value.length > 64) return "is not a version of the form vX.Y.Z";
    const minor = Number(match[2]);
    if (match[1] === "1" && minor >= OLDEST_MINOR && minor <= NEWEST_MINOR) return undefined;
    return `is not supported: Kubernetes 1.${OLDEST_MINOR} to 1.${NEWEST_MINOR} are`;
  },
  suggest: (source) => {
    const parts = /^v?(1)\.(\d{1,3})(?:\.(\d{1,3}))?$/.exec(source);
    return parts === null ? undefined : `v1.${parts[2] ?? ""}.${parts[3] ?? "0"}`;
  },
};

/** Key of a label, annotation or taint: an optional DNS name with a slash, then a name of at most 63 characters. */
export const labelKey = pattern(
  `(?:${DNS}/)?${QUALIFIED}`,
  "is not a Kubernetes key: letters, digits, '-', '_' and '.', optionally after a DNS name and a slash",
  317,
);

/** Keys under kubernetes.io and k8s.io that a kubelet may set on its own node (kubelet option --node-labels). */
const KUBELET_LABELS: readonly string[] = [
  "kubernetes.io/hostname",
  "kubernetes.io/os",
  "kubernetes.io/arch",
  "topology.kubernetes.io/region",
  "topology.kubernetes.io/zone",
  "node.kubernetes.io/instance-type",
];

/** Key of a node label that the kubelet can register with. */
export const nodeLabelKey: Format = {
  json: labelKey.json,
  validate: (value) => labelKey.validate(value) ?? (isForKubelet(value) ? undefined : RESERVED_LABEL),
};

const RESERVED_LABEL =
  "is reserved for Kubernetes: a node cannot set it on itself; use a prefix of your own, or `kubectl label node` afterwards";

function isForKubelet(key: string): boolean {
  const prefix = key.includes("/") ? key.slice(0, key.indexOf("/")) : "";
  const reserved = /(?:^|\.)(?:kubernetes|k8s)\.io$/.test(prefix);
  const open = /(?:^|\.)(?:kubelet|node)\.kubernetes\.io$/.test(prefix);
  return !reserved || open || KUBELET_LABELS.includes(key);
}

export const labelValue = orEmpty(
  pattern(
    QUALIFIED,
    "is not a label value: letters, digits, '-', '_' and '.', with a letter or digit at both ends",
    63,
  ),
);

export const sha512 = pattern("[0-9a-f]{128}", "is not a SHA-512 sum: 128 hexadecimal digits in small letters", 128);
export const sha256 = pattern("[0-9a-f]{64}", "is not a SHA-256 sum: 64 hexadecimal digits in small letters", 64);

/** An OpenSSH public host key, optionally followed by a comment. */
export const hostKey = pattern(
  "(?:ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(?:256|384|521)) [A-Za-z0-9+/]{40,}={0,2}(?: .*)?",
  "is not an OpenSSH public host key such as ssh-ed25519 AAAA…; print it on the machine with: cat /etc/ssh/ssh_host_ed25519_key.pub",
  4096,
);

export const loginName = pattern("[A-Za-z_][A-Za-z0-9_.-]{0,31}", "is not a login name", 32);

/** Vagrant box: `name` or `owner/name`. */
export const boxName = pattern(
  "[A-Za-z0-9][A-Za-z0-9._+-]*(?:/[A-Za-z0-9][A-Za-z0-9._+-]*)?",
  "is not a box name: letters, digits, '.', '_', '+' and '-', optionally owner/name",
  200,
);

/** Reference of a container image: registry, path, tag, digest (distribution's reference grammar). */
export const imageReference = pattern(
  `(?:${HOST}/)?[a-z0-9]+(?:[._/-]+[a-z0-9]+)*(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(?:@sha256:[0-9a-f]{64})?`,
  "is not an image reference such as registry.example.com/alpine-node:kubernetes-v1.36.1",
  512,
);

export const registry = pattern(
  `${HOST}(?:/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*`,
  "is not an image repository such as registry.example.com:5000/kubernetes",
);

const NO_URL = "is not an http or https URL";
const URL_TEXT = pattern("https?://[^\\s\"'<>\\\\^`{|}]+", NO_URL, 2048);
const ESCAPES = "in a user's name or password / is written %2F, ? %3F, # %23 and @ %40";

/** A login, and a further @ behind it: nobody can tell where the password ends. */
const TWO_ENDS = /^[^/]*:\/\/[^/?#]*@.*@/;

export const httpUrl: Format = {
  json: URL_TEXT.json,
  validate: (value) =>
    URL_TEXT.validate(value) ?? (URL.canParse(value) && !TWO_ENDS.test(value) ? undefined : `${NO_URL}; ${ESCAPES}`),
};

/** Address of a proxy: what stands behind its host is never an address, so that an @ there belongs to a password. */
export const proxyUrl: Format = {
  json: URL_TEXT.json,
  validate: (value) =>
    httpUrl.validate(value) ??
    (/^[^/]*\/\/[^/?#]*[/?#].*@/.test(value) ? `is not an address of a proxy; ${ESCAPES}` : undefined),
};

/** Base URL: paths are appended to it. */
export const mirrorUrl: Format = {
  json: { pattern: "^https?://[^\\s\"'<>\\\\^`{|}?#]+$", maxLength: 2048 },
  validate: (value) =>
    httpUrl.validate(value) ??
    (/[?#]/.test(value) ? "cannot have a query or a fragment: paths are put behind it" : undefined),
};

export const noProxyEntry: Format = {
  json: { pattern: "^[A-Za-z0-9.*:/_-]+$" },
  validate: (value) => {
    const fits = /^[A-Za-z0-9.*:/_-]+$/.test(value);
    return fits ? undefined : "is not an entry for NO_PROXY: a name, .domain, address or network, one per list entry";
  },
};

/** Name of a kubeadm preflight check. */
export const checkName = pattern("[A-Za-z0-9][A-Za-z0-9._-]*", "is not the name of a preflight check such as NumCPU");

/** Key of a value of an add-on. */
export const parameterName = pattern("[a-z][A-Za-z0-9]{0,62}", "is not the name of a parameter such as logLevel", 63);

export const addonVersion = pattern("[A-Za-z0-9][A-Za-z0-9.+_-]{0,63}", "is not a version", 64);

/** True when the text is an address inside the network. Precondition: both are valid. */
export function isInside(network: string, address: string): boolean {
  const subnet = parseSubnet(network);
  const value = parseAddress(address);
  return subnet !== undefined && value !== undefined && contains(subnet, value);
}
