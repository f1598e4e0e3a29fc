import type Handlebars from "handlebars";
import { lazyPackage } from "../base/lazy-package.js";
import { shellWord } from "../base/quote.js";
import { ruby } from "./quoting.js";

const handlebarsPackage = lazyPackage<typeof Handlebars>("handlebars");

/**
 * Fills a Handlebars text. Strict: printing a name that the context lacks is an error. Nothing is escaped
 * automatically: a template quotes with the helpers `ruby` and `sh`; `is` compares two strings.
 */
export function render(text: string, context: object): string {
  const handlebars = handlebarsPackage().create();
  handlebars.registerHelper("ruby", (value: unknown) => ruby(stringOf(value)));
  handlebars.registerHelper("sh", (value: unknown) => shellWord(stringOf(value)));
  handlebars.registerHelper("is", (left: unknown, right: unknown) => left === right);
  return handlebars.compile(text, { strict: true, noEscape: true })(context);
}

function stringOf(value: unknown): string {
  if (typeof value !== "string") throw new Error(`a quoting helper got a ${typeof value}, not a string`);
  return value;
}
