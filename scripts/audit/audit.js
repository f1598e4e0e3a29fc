import { resolve } from "node:path";
import { compareIndexes } from "./compare-indexes.js";
import { compareReleases } from "./compare-releases.js";
import { readIndex } from "./read-index.js";
import { readReleases } from "./read-releases.js";
import { shown } from "./shown.js";

const USAGE = "use it so: npm run audit:versions -- --index [RELEASE=]FILE... --releases FILE...";

/** How each kind of finding is told; only the first is none. */
const KINDS = {
  agrees: "agree",
  there: "there and not in the table",
  gone: "in the table and not there",
  version: "with another version",
  end: "with another last day",
};

/**
 * Compares the table with the files that the words of the command line name, relative to the folder. Returns the exit code,
 * the lines to print, one for each difference and one with counts, or why nothing can be compared.
 */
export async function audit(words, folder) {
  try {
    const { index, releases } = filesIn(words);
    const indexes = [];
    for (const word of index) indexes.push(await indexIn(word, folder));
    const lists = releases.map((file) => readReleases(resolve(folder, file), file));
    return told([...compareIndexes(indexes), ...lists.flatMap(compareReleases)]);
  } catch (error) {
    return { code: 2, lines: [], error: error.message };
  }
}

function told(findings) {
  const different = findings.filter(({ kind }) => kind !== "agrees");
  const counts = Object.entries(KINDS).map(
    ([kind, words]) => `${findings.filter((one) => one.kind === kind).length} ${words}`,
  );
  const lines = different.map(({ kind, text }) => `${KINDS[kind]}: ${text}`);
  return {
    code: different.length === 0 ? 0 : 1,
    lines: [...lines, `${findings.length} compared: ${counts.join(", ")}.`],
    error: undefined,
  };
}

/** The files behind each flag, which takes all words up to the next one. */
function filesIn(words) {
  const files = { index: [], releases: [] };
  let flag;
  for (const word of words) {
    if (word.startsWith("--")) flag = word.slice(2);
    if (flag === undefined || !Object.hasOwn(files, flag)) throw new Error(`${shown(word)} is not known; ${USAGE}`);
    if (!word.startsWith("--")) files[flag].push(word);
  }
  if (files.index.length + files.releases.length === 0) throw new Error(`there is nothing to compare with; ${USAGE}`);
  return files;
}

/** The index of `FILE` or `3.24=FILE`, with its release. */
async function indexIn(word, folder) {
  const [, said, file] = /^(?:(\d+\.\d+)=)?(.*)$/s.exec(word);
  const { described, packages } = await readIndex(resolve(folder, file), file);
  const release = said ?? described;
  if (release === undefined)
    throw new Error(
      `${shown(file)} does not say which release of Alpine it is of; say it before it: --index 3.24=FILE`,
    );
  return { release, packages };
}
