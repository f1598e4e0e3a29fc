/** Control characters but line end and tab, and those that turn the direction of writing (Unicode's Bidi_Control). */
const ACTS_ON_SCREEN = /[^\P{Cc}\n\t]|\p{Bidi_Control}/gu;

/** The text without characters that act on a screen: nodes and servers must not move cursors, set titles or hide words. */
export function printable(text: string): string {
  return text.replaceAll(ACTS_ON_SCREEN, "");
}

/** A JSON text of the value that is the same value when read, in which such characters stand as escapes. */
export function printableJson(value: unknown): string {
  const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return JSON.stringify(value, undefined, 2).replaceAll(ACTS_ON_SCREEN, escaped);
}
