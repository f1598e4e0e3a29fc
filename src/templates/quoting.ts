const ESCAPES: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/**
 * A Ruby string literal for any text: double-quoted, with quotes, backslashes, `#` before an interpolation and control
 * characters escaped.
 * Source: Ruby's syntax/literals documentation, "String Literals".
 */
export function ruby(text: string): string {
  const escaped = text
    .replace(/["\\]/g, "\\$&")
    .replace(/#(?=[{$@])/g, "\\#")
    .replace(/[\u0000-\u001f\u007f\u2028\u2029]/g, (character) => ESCAPES[character] ?? unicodeEscape(character));
  return `"${escaped}"`;
}

function unicodeEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
