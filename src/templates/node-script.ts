import type { TemplateSource } from "./package-files.js";

/** A line of a node script that includes a file from `templates/node/parts`: a script is sent as one text. */
const PART = /^\. (parts\/[a-z-]+\.sh)\n/gm;

/** The text of a node script, with its parts included. */
export function nodeScript(name: string, source: TemplateSource): string {
  return source
    .read(`templates/node/${name}`)
    .replace(PART, (_, part: string) => `${source.read(`templates/node/${part}`)}\n`);
}
