/** The text as one POSIX shell word, in single quotes. Throws TypeError on a NUL byte, which no shell can carry. */
export function quoteSh(text: string): string {
  if (text.includes("\0")) throw new TypeError("a value for the shell must not contain a NUL byte");
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** Like {@link quoteSh}, but leaves a word without special characters unquoted, as people type it. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : quoteSh(text);
}
