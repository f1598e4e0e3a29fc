/** What stands in place of a secret. */
export const HIDDEN = "***";

/** The text with the users and passwords in its URLs hidden. */
export function withoutLogins(text: string): string {
  return text.replace(/(\b[a-z][a-z0-9+.-]*:\/\/)[^/?#\s]*@/gi, `$1${HIDDEN}@`);
}

/** Like {@link withoutLogins}, for a text that should be an address: without its scheme it begins with the login. */
export function addressWithoutLogin(text: string): string {
  return withoutLogins(text.replace(/^[^/?#\s:@]+:[^/?#\s]*@/, `${HIDDEN}@`));
}

/** A URL that keeps its user but not its password. A user without a password is a token, so it is hidden too. */
export function withoutPassword(url: string): string {
  const shown = new URL(url);
  if (shown.password !== "") shown.password = HIDDEN;
  else if (shown.username !== "") shown.username = HIDDEN;
  return shown.href;
}
