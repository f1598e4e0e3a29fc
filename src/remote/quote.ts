/**
 * A value as one word of POSIX sh, whatever is in it. The result holds no other special character than single quotes,
 * so it may stand anywhere a word may. Throws on a NUL byte, which no shell can carry.
 */
export function quoteSh(value: string): string {
  if (value.includes("\0")) throw new TypeError("a value for the shell must not contain a NUL byte");
  return `'${value.replaceAll("'", `'"'"'`)}'`;
}

/** Script text whose interpolated values are each quoted as one word: sh`rm -f ${path}`. */
export function sh(texts: TemplateStringsArray, ...values: readonly (string | number)[]): string {
  return texts.reduce((script, text, index) => `${script}${quoteSh(String(values[index - 1] ?? ""))}${text}`);
}

/**
 * Lines that assign each variable, none of them exported: what the script starts does not inherit them.
 * Throws on a name that the shell would not take.
 */
export function assignments(variables: Readonly<Record<string, string>>): string {
  return Object.entries(variables)
    .map(([name, value]) => {
      if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) throw new TypeError(`"${name}" cannot be the name of a variable`);
      return `${name}=${quoteSh(value)}`;
    })
    .join("; ");
}
