/** Text from a file for a terminal: on one line, at most 60 characters, control characters and marks of direction escaped. */
export function shown(text) {
  const cut = text.length > 60 ? `${text.slice(0, 59)}…` : text;
  return cut.replace(
    /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
