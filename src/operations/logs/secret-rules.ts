import { SECRET_PARAMETER } from "../../base/hide-logins.js";
import { REDACTED } from "../../remote/redact.js";
import { DASHED, NOT_DONE, PLAIN_WORD, quantity, SHORT, STRONG, SWITCH, VALUE, WEAK } from "./secret-words.js";

type Rule = readonly [pattern: RegExp, replacement: string | ((whole: string) => string)];

const { raw } = String;

/** Behind a name: a colon or an equals sign, and maybe the bracket of a list. No two parts fit the same blanks. */
const COLON = raw`["'\\]*\s*:${NOT_DONE}\s*(?:\[\s*)?`;
const EQUALS = raw`["'\\]*\s*=${NOT_DONE}\s*(?:\[\s*)?`;
/** A part of the name of a variable whose value is a secret. */
const PART = "(?:token|sig|secret|passw|credential|api_?key|auth)";
/** The name of a container's variable, `{name: DB_PASSWORD, value: …}`, as YAML, JSON and Go write it, and its value. */
const VARIABLE_NAME = raw`\bname["'\\]*\s*[:=]\s*["'\\]*[\w.-]${SHORT}${PART}[\w.-]${SHORT}["'\\]*\s*`;
const VARIABLE_VALUE = raw`["'\\]*value["'\\]*\s*[:=]\s*`;
/** Names of secrets as they end; a short one stands alone or behind a mark, for `bypass` is none. */
const NAMES = `(?:${STRONG}|${WEAK}|(?<![a-z])(?:pass|pwd|psk))`;

function valueOf(name: string, is: string, value: string): RegExp {
  return new RegExp(raw`((?:^|[^\w.-])[\w.-]*${name}${is})${value}`, "gim");
}

/** A private key in PEM that begins and ends in one line. */
export const WHOLE_KEY = /-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----.*?-----END [A-Z0-9 ]*PRIVATE KEY-----/g;
/** The begin of a group that begins where a word does, also behind a line end or a tab as JSON writes them. */
const START_OF = raw`((?:(?<=\\[nrt])|\b)`;

/** What is hidden in a line; the rules are applied in this order. */
export const SECRET_RULES: readonly Rule[] = [
  [WHOLE_KEY, REDACTED],
  // The base64 of "-----BEGIN ": a kubeconfig's or a Secret's PEM.
  [/LS0tLS1CRUdJTi[A-Za-z0-9+/=]*/g, (whole) => (holdsPrivateKey(whole) ? REDACTED : whole)],
  [
    new RegExp(
      START_OF +
        raw`authorization\b["'\\]*\s*[:=]\s*(?:[[{"'\\]+\s*)?)(?:(?:bearer|basic|digest|negotiate)\s+)?[^\s"'\\\]},]+`,
      "gi",
    ),
    `$1${REDACTED}`,
  ],
  [new RegExp(START_OF + raw`(?:bearer|basic)\s+)[A-Za-z0-9._~+/-]{16,}=*`, "gi"), `$1${REDACTED}`],
  [new RegExp(START_OF + raw`cookie["'\\]*\s*:).*`, "gi"), `$1 ${REDACTED}`],
  // A JSON web token, such as a service account's.
  [/(?<![\w-])eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?/g, REDACTED],
  // Tokens that are known by how they begin, wherever they stand.
  [
    /(?<![\w-])(?:gh[opsur]_|github_pat_|glpat-|hv[sb]\.|xox[a-z]-|npm_|dckr_pat_|AGE-SECRET-KEY-1)[\w.-]{8,}/g,
    REDACTED,
  ],
  [/(\/\/hooks\.slack\.com\/services\/|\/\/discord(?:app)?\.com\/api\/webhooks\/)[^\s"'\\]+/gi, `$1${REDACTED}`],
  // A password may hold an @, and although no URL may, people type slashes; a port has digits only.
  [
    new RegExp(
      raw`\b([a-z][a-z0-9+.-]{0,30}:\/\/)(?:[^\s/"]${quantity(1)}|[^\s/"@:]${quantity(0)}:(?!\d*\/)[^\s"]${quantity(1)})@`,
      "gi",
    ),
    `$1${REDACTED}@`,
  ],
  [new RegExp(raw`(_proxy["'\\]*\s*[:=]\s*["'\\]*)(?![a-z]+:\/\/)[^\s/"]${quantity(1)}@`, "gi"), `$1${REDACTED}@`],
  [SECRET_PARAMETER, `$1${REDACTED}`],
  // kubeadm's bootstrap tokens.
  [/(?<![a-z0-9])[a-z0-9]{6}\.[a-z0-9]{16}(?![a-z0-9])/g, REDACTED],
  [new RegExp(`(${VARIABLE_NAME},${raw`\s*`}${VARIABLE_VALUE})${VALUE}`, "gi"), `$1${REDACTED}`],
  // curl's and docker's logins; a user's and a group's number are none.
  [/((?:^|[\s"'])(?:-u\s*|--(?:proxy-)?user(?:=|\s+))["']?(?!\d+:\d)[^\s:"'@/]{1,64}:)[^\s"']+/gi, `$1${REDACTED}`],
  [/(\b(?:mysql\w*|mariadb[\w-]{0,20}|sshpass|login)\b[^|;]{0,256}?\s-p\s?)(?![\s-])\S+/gi, `$1${REDACTED}`],
  // A field of a Go structure ends with the next one, not with a blank.
  [
    /([{,\s](?:\w{0,40}(?:password|passphrase|secret|token)):)(?![\s"'[])[^",}]{1,256}(?=,\s?\w{1,40}:|\})/gi,
    `$1${REDACTED}`,
  ],
  // Arguments in a list: name and value in two quotes.
  [new RegExp(raw`(${DASHED}${NAMES}["'\\]+\s*,\s*)${VALUE}`, "gi"), `$1${REDACTED}`],
  [new RegExp(raw`(${DASHED}${NAMES}["'\\]*\s+(?!\s))${NOT_DONE}(?!-)${SWITCH}${VALUE}`, "gi"), `$1${REDACTED}`],
  [valueOf(STRONG, `(?:${COLON}|${EQUALS})`, VALUE), `$1${REDACTED}`],
  [valueOf(WEAK, EQUALS, SWITCH + VALUE), `$1${REDACTED}`],
  [valueOf(WEAK, COLON, PLAIN_WORD + VALUE), `$1${REDACTED}`],
  [valueOf("(?<![a-z])(?:pass|psk)", EQUALS, SWITCH + VALUE), `$1${REDACTED}`],
  [valueOf("(?<![a-z])(?:pass|psk)", COLON, PLAIN_WORD + VALUE), `$1${REDACTED}`],
  // The folder where a shell is has the same name.
  [valueOf("(?<![a-z])pwd", `(?:${COLON}|${EQUALS})`, raw`(?!["'\\]*\/)` + VALUE), `$1${REDACTED}`],
  [new RegExp(raw`(\b(?:password|passphrase|token|secret)\s+is\s+)${PLAIN_WORD}${VALUE}`, "gi"), `$1${REDACTED}`],
];

function holdsPrivateKey(base64: string): boolean {
  return /PRIVATE KEY/.test(Buffer.from(base64, "base64").toString("latin1"));
}

/** Lines whose secret stands in the next one, and how that is found there; what stands before it is its first group. */
export const NEXT_LINE_RULES: readonly { readonly names: RegExp; readonly holds: RegExp }[] = [
  {
    names: new RegExp(raw`${VARIABLE_NAME},?\s*$`, "i"),
    holds: new RegExp(raw`^([\s#-]*${VARIABLE_VALUE}).+`, "i"),
  },
  // One argument a line, as YAML and JSON write a list of them.
  {
    names: new RegExp(raw`^[\s#]*(?:-\s+)?["'\\]*${DASHED}${NAMES}["'\\]*,?\s*$`, "i"),
    holds: /^(?![\s#]*(?:-\s+)?["'\\]*--)([\s#]*(?:-\s+)?).+/,
  },
];
