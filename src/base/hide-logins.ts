/** What stands in place of a secret. */
export const HIDDEN = "***";

/** Names of parameters in URLs whose values are secrets: signatures, tokens, keys. */
const SECRET_NAME =
  "(?:[\\w.%~-]{0,64}(?:token|sig|secret|passw|pwd|credential|key|auth|jwt)[\\w.%~-]{0,64}|pass|code|sas|sid)";
/** Up to the next parameter; a mark at the end belongs to the sentence around the URL. */
const VALUE = String.raw`[^&#\s"'\\<>]*[^&#\s"'\\<>:;,.)]`;
/** Matches a secret parameter of a URL with its value; the first group is all but the value. */
export const SECRET_PARAMETER = new RegExp(`([?&;#](${SECRET_NAME})=)${VALUE}`, "gi");

/** The text with the users and passwords in its URLs hidden. */
export function withoutLogins(text: string): string {
  return text.replace(/(\b[a-z][a-z0-9+.-]{0,30}:\/\/)[^/?#\s]*@/gi, `$1${HIDDEN}@`);
}

/** The text with what is secret in its URLs hidden: logins, and values of parameters, `?sig=***`. */
export function withoutUrlSecrets(text: string): string {
  return withoutLogins(text).replace(SECRET_PARAMETER, `$1${HIDDEN}`);
}

/** The name of the first parameter of a URL that holds a secret; nothing when none does. */
export function secretParameter(url: string): string | undefined {
  return [...url.matchAll(SECRET_PARAMETER)][0]?.[2];
}

const SCHEME = "[a-z][a-z0-9+.-]*://";
/**
 * What may be a user and a password at the beginning of an address: it may also be a host, a port and a part of a path,
 * but not a registry, a port and an image before its digest.
 */
const LOGIN = new RegExp(String.raw`^(${SCHEME}|(?!${SCHEME}))[^/?#\s:@]+:[^]*@(?!sha256:)`, "i");

/**
 * Like {@link withoutUrlSecrets}, for a text that should be one address: a login without a scheme before it is hidden,
 * too, and one whose password has characters that end it in a URL. Rather too much is hidden than too little.
 */
export function addressWithoutLogin(text: string): string {
  return withoutUrlSecrets(text.replace(LOGIN, `$1${HIDDEN}@`));
}

/**
 * A URL that keeps its user but not its password, nor the values of secret parameters. A user without a password is a
 * token, so it is hidden too.
 */
export function withoutPassword(url: string): string {
  const shown = new URL(url);
  if (shown.password !== "") shown.password = HIDDEN;
  else if (shown.username !== "") shown.username = HIDDEN;
  return shown.href.replace(SECRET_PARAMETER, `$1${HIDDEN}`);
}
