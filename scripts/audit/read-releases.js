import { readBytes } from "./read-file.js";
import { shown } from "./shown.js";

/**
 * A list of releases as endoflife.date serves it: last days by the name of the release, undefined where none is told. Throws
 * an Error in words for anything else.
 */
export function readReleases(path, name) {
  const file = shown(name);
  const list = parsed(readBytes(path, name).toString("utf8"), file);
  if (!Array.isArray(list)) throw new Error(`${file} is no list of releases`);
  const ends = new Map();
  for (const [index, entry] of list.entries()) {
    const { cycle, eol } = entry ?? {};
    if (typeof cycle !== "string" || !/^\d{1,5}(\.\d{1,5})*$/.test(cycle))
      throw new Error(`${file} is no list of releases: entry ${index + 1} has no cycle`);
    if (typeof eol !== "boolean" && !(typeof eol === "string" && /^\d{4}-\d\d-\d\d$/.test(eol)))
      throw new Error(`${file}: the eol of ${cycle} is neither a day nor true or false`);
    ends.set(cycle, typeof eol === "string" ? eol : undefined);
  }
  return { file, ends };
}

function parsed(text, file) {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`${file} is no JSON, or was cut off: ${shown(error.message)}`);
  }
}
