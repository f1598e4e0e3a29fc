import { REDACTED, redactor } from "../../remote/redact.js";
import { NEXT_LINE_RULES, SECRET_RULES, WHOLE_KEY } from "./secret-rules.js";

const BEGIN = /-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----/;
const END = /-----END [A-Z0-9 ]*PRIVATE KEY-----/;
/** A line of a PEM block, possibly indented or in a comment; or any line that ends with a full line of PEM. */
const PEM_LINE =
  /^[\s>|"#*]*(?:[A-Za-z0-9+/=]*|(?:Proc-Type|DEK-Info): .*)["\\]*$|[^A-Za-z0-9+/=][A-Za-z0-9+/=]{32,}["'\\,]*$/;

/** A full line of PEM, also behind other words: 64 characters, 70 in OpenSSH's keys. */
const FULL_PEM_LINE = /(?:^|[^A-Za-z0-9+/=])[A-Za-z0-9+/=]{60,76}["'\\,]*$/;
/** How many other lines may come between a key's BEGIN and its END; an RSA key of 8192 bits has as many itself. */
const LONGEST_KEY = 110;

/** Characters of a line that are shown: the patterns' time grows with it. */
const LONGEST_LINE = 64 * 1024;

interface OpenKey {
  /** The text before the key's BEGIN, such as a time. */
  readonly before: string;
  /** Lines that may still come in between. */
  left: number;
}

/**
 * Makes a function that takes secrets out of the lines of one text, in their order: those given, private keys in PEM
 * (also over many lines, mixed with others, cut at the begin or the end, in base64), bootstrap tokens, web tokens,
 * credentials in URLs and headers, and the values of what is named like a secret. Rather hides too much than too little.
 * A line of more than 64 KiB is cut, and says so.
 */
export function lineScrubber(secrets: readonly string[]): (line: string) => string {
  const redact = redactor(secrets);
  const withoutKey = keyHider();
  let holds: readonly RegExp[] = [];
  return (whole) => {
    // Keys before known secrets, which have the same first line; both before the cut, across which one may lie.
    const line = cut(redact(withoutKey(whole)));
    const rest = holds.reduce((text, pattern) => text.replace(pattern, `$1${REDACTED}`), line);
    holds = NEXT_LINE_RULES.filter(({ names }) => names.test(line)).map((rule) => rule.holds);
    return scrubbed(rest);
  };
}

function cut(line: string): string {
  if (line.length <= LONGEST_LINE) return line;
  return `${line.slice(0, LONGEST_LINE)} [cut: the line has ${line.length} characters]`;
}

/** Hides lines of private keys that have many. */
function keyHider(): (line: string) => string {
  // The text may begin inside a key.
  let key: OpenKey | undefined = { before: "", left: 0 };
  let isFirst = true;
  const isHidden = (line: string): boolean => {
    const mayBeIn = !isFirst || FULL_PEM_LINE.test(line);
    isFirst = false;
    return key !== undefined && mayBeIn && isInKey(line, key.before);
  };
  return (whole) => {
    // In one line, as JSON has it.
    const line = whole.replace(WHOLE_KEY, REDACTED);
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
