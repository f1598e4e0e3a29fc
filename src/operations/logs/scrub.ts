import { REDACTED, redactor } from "../../remote/redact.js";
import { HOLDS_VALUE, NAMES_VARIABLE, SECRET_RULES } from "./secret-rules.js";

const BEGIN = /-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----/;
const END = /-----END [A-Z0-9 ]*PRIVATE KEY-----/;
/** A line of a PEM block, possibly indented or in a comment; or any line that ends with a full line of PEM. */
const PEM_LINE =
  /^[\s>|"#*]*(?:[A-Za-z0-9+/=]*|(?:Proc-Type|DEK-Info): .*)["\\]*$|[^A-Za-z0-9+/=][A-Za-z0-9+/=]{32,}["'\\,]*$/;

/** A full line of PEM, also behind other words: 64 characters, 70 in OpenSSH's keys. */
const FULL_PEM_LINE = /(?:^|[^A-Za-z0-9+/=])[A-Za-z0-9+/=]{60,76}["'\\,]*$/;
/** How many other lines may come between a key's BEGIN and its END; an RSA key of 8192 bits has as many itself. */
const LONGEST_KEY = 110;

interface OpenKey {
  /** The text before the key's BEGIN, such as a time. */
  readonly before: string;
  /** Lines that may still come in between. */
  left: number;
}

/**
 * Makes a function that removes secrets from the lines of one text, which come in their order: the secrets given,
 * private keys in PEM (also over many lines, mixed with others, cut at either end, in base64), bootstrap tokens, JSON
 * web tokens, credentials in URLs and headers, and values with names that suggest a secret. It hides too much rather
 * than too little.
 */
export function lineScrubber(secrets: readonly string[]): (line: string) => string {
  const redact = redactor(secrets);
  const withoutKey = keyHider();
  let isValueNext = false;
  return (line) => {
    const rest = withoutKey(line);
    const text = scrubbed(redact(isValueNext ? rest.replace(HOLDS_VALUE, `$1${REDACTED}`) : rest));
    isValueNext = NAMES_VARIABLE.test(line);
    return text;
  };
}

/** Hides the lines of private keys that span several. */
function keyHider(): (line: string) => string {
  // The text may begin inside a key.
  let key: OpenKey | undefined = { before: "", left: 0 };
  let isFirst = true;
  const isHidden = (line: string): boolean => {
    const mayBeIn = !isFirst || FULL_PEM_LINE.test(line);
    isFirst = false;
    return key !== undefined && mayBeIn && isInKey(line, key.before);
  };
  return (line) => {
    const [begins, ends] = [BEGIN.test(line), END.test(line)];
    if (begins && !ends) {
      key = { before: line.slice(0, line.search(BEGIN)), left: LONGEST_KEY };
      isFirst = false;
      return `${key.before}${REDACTED}`;
    }
    if (key && ends && !begins) {
      key = undefined;
      return REDACTED;
    }
    if (isHidden(line)) return REDACTED;
    if (key && key.left-- === 0) key = undefined;
    return line;
  };
}

function isInKey(line: string, before: string): boolean {
  const same = alike(line.slice(0, before.length)) === alike(before);
  return PEM_LINE.test(line) || (same && PEM_LINE.test(line.slice(before.length)));
}

/** Makes two times compare as equal. */
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
  return SECRET_RULES.reduce(
    (rest, [pattern, replacement]) =>
      typeof replacement === "string" ? rest.replace(pattern, replacement) : rest.replace(pattern, replacement),
    line,
  );
}
