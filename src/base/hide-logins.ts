/** What stands in place of a secret. */
export const HIDDEN = "***";

/** The text with the users and passwords of URLs in it hidden. */
export function withoutLogins(text: string): string {
  return text.replace(/(\b[a-z][a-z0-9+.-]*:\/\/)[^/?#\s]*@/gi, `$1${HIDDEN}@`);
}

/** Like {@link withoutLogins}, for a text that should be an address: one whose scheme was forgotten begins with its login. */
export function addressWithoutLogin(text: string): string {
  return withoutLogins(text.replace(/^[^/?#\s:@]+:[^/?#\s]*@/, `${HIDDEN}@`));
}

/** A URL that keeps its user but not its password. A user that stands alone is a token, and hidden, too. */
export function withoutPassword(url: string): string {
  const shown = new URL(url);
  if (shown.password !== "") shown.password = HIDDEN;
  else if (shown.username !== "") shown.username = HIDDEN;
  return shown.href;
}
