/** The text that replaces a secret in logs and messages. */
export const REDACTED = "[secret]";

/** Shorter lines of a secret with several lines stay visible: a lone `}` would hide half a log. */
const SHORTEST_LINE = 4;

/** Bytes from which on a part of a secret in base64 is long enough not to be other text by chance. */
const SHORTEST_ENCODED = 6;

/**
 * Makes a function that replaces each secret in a text, also as a URL, JSON or base64 holds it, and each line of a
 * secret that has several, so that it works on whole texts and line by line. Longer secrets go first: one may contain
 * another.
 */
export function redactor(secrets: readonly string[]): (text: string) => string {
  const hidden = new Set<string>();
  for (const secret of secrets) {
    const whole = secret.trim();
    if (whole !== "") formsOf(whole).forEach((form) => hidden.add(form));
    const lines = whole.split(/\r?\n/).map((line) => line.trim());
    if (lines.length > 1) lines.filter((line) => line.length >= SHORTEST_LINE).forEach((line) => hidden.add(line));
  }
  const ordered = [...hidden].sort((one, other) => other.length - one.length);
  return (text) => ordered.reduce((rest, secret) => rest.replaceAll(secret, REDACTED), text);
}

function formsOf(secret: string): readonly string[] {
  return [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1), ...inBase64(secret)];
}

/** What of a secret is the same in base64 wherever it stands in what was encoded: three ways, by where it begins. */
function inBase64(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  if (bytes.length < SHORTEST_ENCODED) return [];
  return [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes]).toString("base64");
    // A character has six bits; the first and the last ones may hold those of the neighbours, too.
    return text.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6));
  });
}
