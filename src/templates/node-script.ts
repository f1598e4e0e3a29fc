import type { TemplateSource } from "./package-files.js";

/** A line of a node script that stands for a file below `templates/node`. A script is sent as one text. */
const PART = /^\. (parts\/[a-z-]+\.sh)\n/gm;

/** The text of a node script, with its parts in their places. */
export function nodeScript(name: string, source: TemplateSource): string {
  return source
    .read(`templates/node/${name}`)
    .replace(PART, (_, part: string) => `${source.read(`templates/node/${part}`)}\n`);
}
