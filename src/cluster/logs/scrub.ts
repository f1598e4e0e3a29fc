import { REDACTED, redactor } from "../../remote/redact.js";

type Rule = readonly [pattern: RegExp, replacement: string | ((whole: string, ...groups: string[]) => string)];

/**
 * Names that are followed by a secret, as flag, key of YAML or JSON, or field of a log line; quotes may be escaped, as
 * in JSON inside a log line. Kubernetes' kubeconfig, kubeadm's certificateKey, and what people call passwords.
 */
const NAMED =
  /((?:["'\\]*\b(?:client-key-data|client-secret|id-token|refresh-token|access-token|bearer-?token|token-secret|certificate-?key|password|passwd|passphrase|api-?key|secret-?key|x-auth-token)|--token|^[\s-]*["']?token)["'\\]*\s*(?:[:=]|(?<=--(?:token|certificate-key|password))\s)\s*)(\\*"(?:[^"\\]|\\[^"])*\\*"|'[^']*'|[^\s,;}"'&]+)/gim;

const RULES: readonly Rule[] = [
  [/-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----.*?-----END [A-Z0-9 ]*PRIVATE KEY-----/g, REDACTED],
  // The base64 of "-----BEGIN ": a kubeconfig's or a Secret's PEM.
  [/LS0tLS1CRUdJTi[A-Za-z0-9+/=]*/g, (whole) => (holdsPrivateKey(whole) ? REDACTED : whole)],
  [
    /(\bauthorization\b["'\\]*\s*[:=]\s*[[{"'\\]*\s*)(?:(?:bearer|basic|digest|negotiate)\s+)?[^\s"'\\\]},]+/gi,
    `$1${REDACTED}`,
  ],
  [/(\b(?:bearer|basic)\s+)[A-Za-z0-9._~+/-]{16,}=*/gi, `$1${REDACTED}`],
  // A JSON web token, such as a service account's.
  [/\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?/g, REDACTED],
  [/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/@"']+@/gi, `$1${REDACTED}@`],
  [NAMED, `$1${REDACTED}`],
  // kubeadm's bootstrap tokens.
  [/(?<![a-z0-9])[a-z0-9]{6}\.[a-z0-9]{16}(?![a-z0-9])/g, REDACTED],
];

const BEGIN = /-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----/;
const END = /-----END [A-Z0-9 ]*PRIVATE KEY-----/;
/** A line inside a PEM block, maybe indented or in a comment; or one that ends with a full line of it, behind anything. */
const PEM_LINE =
  /^[\s>|"#*]*(?:[A-Za-z0-9+/=]*|(?:Proc-Type|DEK-Info): .*)["\\]*$|[^A-Za-z0-9+/=][A-Za-z0-9+/=]{32,}["'\\,]*$/;

/**
 * Makes a function that takes secrets out of the lines of one text, in their order: those given, private keys in PEM
 * (also over many lines, also in base64), bootstrap tokens, web tokens, credentials in URLs and headers, and the values
 * of what is named like a secret. Rather hides too much than too little.
 */
export function lineScrubber(secrets: readonly string[]): (line: string) => string {
  const redact = redactor(secrets);
  /** What stood before the begin of the key that these lines belong to, such as a time. */
  let before: string | undefined;
  return (line) => {
    if (before !== undefined && END.test(line)) {
      before = undefined;
      return REDACTED;
    }
    if (before !== undefined && isInKey(line, before)) return REDACTED;
    before = BEGIN.test(line) && !END.test(line) ? line.slice(0, line.search(BEGIN)) : undefined;
    return scrubbed(redact(before === undefined ? line : `${before}${REDACTED}`));
  };
}

function isInKey(line: string, before: string): boolean {
  const same = alike(line.slice(0, before.length)) === alike(before);
  return PEM_LINE.test(line) || (same && PEM_LINE.test(line.slice(before.length)));
}

/** Two times look alike. */
function alike(prefix: string): string {
  return prefix.replaceAll(/\d/g, "0");
}

/** {@link lineScrubber} for a whole text, which may also begin in the middle of a private key. */
export function scrubText(text: string, secrets: readonly string[]): string {
  const lines = text.split("\n");
  const headless = lines.findIndex((line) => BEGIN.test(line) || END.test(line));
  const cut = headless !== -1 && END.test(lines[headless] ?? "") && !BEGIN.test(lines[headless] ?? "") ? headless : -1;
  let first = cut;
  while (first > 0 && PEM_LINE.test(lines[first - 1] ?? "")) first -= 1;
  const scrub = lineScrubber(secrets);
  return lines.map((line, index) => (index >= first && index <= cut ? REDACTED : scrub(line))).join("\n");
}

function scrubbed(line: string): string {
  return RULES.reduce(
    (rest, [pattern, replacement]) =>
      typeof replacement === "string" ? rest.replace(pattern, replacement) : rest.replace(pattern, replacement),
    line,
  );
}

function holdsPrivateKey(base64: string): boolean {
  return /PRIVATE KEY/.test(Buffer.from(base64, "base64").toString("latin1"));
}
