/** Words of a command line as they can be typed again in a POSIX shell. */
export function typedWords(argv: readonly string[]): readonly string[] {
  return argv.map((word) => (/^[\w@%+=:,./~-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`));
}
