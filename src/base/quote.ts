/** A text as one word of a POSIX shell, in single quotes. Throws on a NUL byte, which no shell can carry. */
export function quoteSh(text: string): string {
  if (text.includes("\0")) throw new TypeError("a value for the shell must not contain a NUL byte");
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** Like {@link quoteSh}, but a word that holds nothing special stays bare, as people type it. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : quoteSh(text);
}
