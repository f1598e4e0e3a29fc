import { REDACTED } from "../../remote/redact.js";

type Rule = readonly [pattern: RegExp, replacement: string | ((whole: string) => string)];

const { raw } = String;

/** How names of secret values end: of flags, keys of YAML or JSON, variables, fields of a log line. */
const STRONG =
  raw`(?:passw(?:or)?d|passphrase|client-key-data|docker(?:configjson|cfg)|` +
  raw`(?:api|private|access|secret|encryption|certificate)[-_]?key)`;
/** The same for names that also occur in sentences and switches: `token: expired`, `--anonymous-auth=false`. */
const WEAK = "(?:token|secret|credentials?|auth)";
const NO_PLAIN_WORD = raw`(?!["'\\]*[a-z]{1,12}(?:[\s,.;"'\\}]|$))`;
/** A quoted text up to its closing quote, also with escaped quotes, as in JSON inside a log line; or a word. */
const VALUE = raw`(?:(?<quote>\\*)"(?:.*?(?<!\\)\k<quote>"|.*$)|'(?:[^']|'')*'?|(?!\{["'\\])(?:[^\s"\\]|\\(?!["\\]))+)`;
const NOT_DONE = raw`(?!\s*\[secret\](?:[\s,.;"'\\}]|$))`;
const IS = raw`["'\\]*\s*(?:[:=]${NOT_DONE}\s*\[?\s*|(?<=--[\w.-]*)${NOT_DONE}\s+)`;
/** Parts of the names of variables, or of parameters in a URL, that hold a secret. */
const PART = "(?:token|sig|secret|passw|credential|api_?key|auth)";
/**
 * The name of a container's variable, `{name: DB_PASSWORD, value: …}`, as YAML, JSON and Go write it, and the key of
 * its value.
 */
const VARIABLE_NAME = raw`\bname["'\\]*\s*[:=]\s*["'\\]*[\w.-]*${PART}[\w.-]*["'\\]*\s*`;
const VARIABLE_VALUE = raw`["'\\]*value["'\\]*\s*[:=]\s*`;

function valueOf(name: string, value: string): RegExp {
  return new RegExp(raw`((?:^|[^\w.-])[\w.-]*${name}${IS})${value}`, "gim");
}

/** What is hidden in a line; the rules are applied in this order. */
export const SECRET_RULES: readonly Rule[] = [
  [/-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----.*?-----END [A-Z0-9 ]*PRIVATE KEY-----/g, REDACTED],
  // The base64 of "-----BEGIN ": a kubeconfig's or a Secret's PEM.
  [/LS0tLS1CRUdJTi[A-Za-z0-9+/=]*/g, (whole) => (holdsPrivateKey(whole) ? REDACTED : whole)],
  [
    /(\bauthorization\b["'\\]*\s*[:=]\s*[[{"'\\]*\s*)(?:(?:bearer|basic|digest|negotiate)\s+)?[^\s"'\\\]},]+/gi,
    `$1${REDACTED}`,
  ],
  [/(\b(?:bearer|basic)\s+)[A-Za-z0-9._~+/-]{16,}=*/gi, `$1${REDACTED}`],
  [/(\bcookie["'\\]*\s*:).*/gi, `$1 ${REDACTED}`],
  // A JSON web token, such as a service account's.
  [/\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?/g, REDACTED],
  // A password may hold an @, and people type slashes, which no URL allows there; a port has digits only.
  [/\b([a-z][a-z0-9+.-]{0,30}:\/\/)(?:[^\s/"]+|[^\s/"@:]*:(?!\d*\/)[^\s"]+)@/gi, `$1${REDACTED}@`],
  [/(_proxy["'\\]*\s*[:=]\s*["'\\]*)(?![a-z]+:\/\/)[^\s/"]+@/gi, `$1${REDACTED}@`],
  [new RegExp(raw`([?&;][\w.%-]*${PART}[\w.%-]*=)[^&#\s"'\\]+`, "gi"), `$1${REDACTED}`],
  // kubeadm's bootstrap tokens.
  [/(?<![a-z0-9])[a-z0-9]{6}\.[a-z0-9]{16}(?![a-z0-9])/g, REDACTED],
  [new RegExp(`(${VARIABLE_NAME},${raw`\s*`}${VARIABLE_VALUE})${VALUE}`, "gi"), `$1${REDACTED}`],
  [valueOf(STRONG, VALUE), `$1${REDACTED}`],
  [valueOf(WEAK, NO_PLAIN_WORD + VALUE), `$1${REDACTED}`],
];

function holdsPrivateKey(base64: string): boolean {
  return /PRIVATE KEY/.test(Buffer.from(base64, "base64").toString("latin1"));
}

/** A line that ends with the name of such a variable; its value is in the next line. */
export const NAMES_VARIABLE = new RegExp(raw`${VARIABLE_NAME},?\s*$`, "i");
/** A line with the value; the first group is what stands before it. */
export const HOLDS_VALUE = new RegExp(raw`^([\s#-]*${VARIABLE_VALUE}).+`, "i");
