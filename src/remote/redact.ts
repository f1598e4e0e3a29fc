/** The text that replaces a secret in logs and messages. */
export const REDACTED = "[secret]";

/** Shorter lines of a secret with several lines stay visible: a lone `}` would hide half a log. */
const SHORTEST_LINE = 4;

/**
 * Returns a function that replaces each secret in a text, and each line of a secret that has several, so that it works
 * on whole texts and line by line. Longer secrets are replaced first, because one may contain another.
 */
export function redactor(secrets: readonly string[]): (text: string) => string {
  const hidden = new Set<string>();
  for (const secret of secrets) {
    const whole = secret.trim();
    if (whole !== "") hidden.add(whole);
    const lines = whole.split(/\r?\n/).map((line) => line.trim());
    if (lines.length > 1) lines.filter((line) => line.length >= SHORTEST_LINE).forEach((line) => hidden.add(line));
  }
  const ordered = [...hidden].sort((one, other) => other.length - one.length);
  return (text) => ordered.reduce((rest, secret) => rest.replaceAll(secret, REDACTED), text);
}
