import { printable } from "../../base/printable.js";

/** What may not stand in an XML document at all: controls besides tab and line end, halves of pairs, non-characters. */
const NOT_XML = /[^\t\n\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu;

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** The text as it may stand in an XML document, in an element or an attribute. */
export function xmlText(text: string): string {
  return printable(text)
    .replaceAll(NOT_XML, "")
    .replaceAll(/[&<>"']/g, (character) => ESCAPES[character] ?? "");
}

/** An element with attributes; without content it is closed at once. The content has to be XML already. */
export function element(name: string, attributes: Readonly<Record<string, string | number>>, content = ""): string {
  const words = Object.entries(attributes).map(([key, value]) => ` ${key}="${xmlText(String(value))}"`);
  return content === "" ? `<${name}${words.join("")}/>` : `<${name}${words.join("")}>${content}</${name}>`;
}

/** The text, short enough for so many characters. */
export function shortened(text: string, most: number): string {
  const characters = [...text];
  return characters.length <= most ? text : `${characters.slice(0, most - 1).join("")}…`;
}
