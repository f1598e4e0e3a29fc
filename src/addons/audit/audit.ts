import { statSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { messageOf } from "../../base/errors.js";
import { DELIVERED_ADDONS } from "../../model/spec/addon-names.js";
import { delivered } from "../catalogue/delivered.js";
import type { CatalogueEntry } from "../catalogue/entry.js";
import { checkRelease, type Folders } from "./check-release.js";
import type { Finding } from "./finding.js";

const USAGE = "use it so: npm run audit:addons -- --dir FOLDER [--schemas FOLDER]";

export interface Audited {
  readonly code: number;
  /** One for each check that did not pass, and one with counts. */
  readonly lines: readonly string[];
  /** Why nothing can be checked. */
  readonly error?: string;
}

/**
 * Checks the catalogue by upstream's real manifests in the folder of `--dir`, as {@link checkRelease} says. Paths are
 * relative to `folder`. The code is 0 when nothing failed, 1 when something did, 2 when nothing can be checked.
 */
export function auditAddons(
  words: readonly string[],
  folder: string,
  entries: () => readonly CatalogueEntry[] = () => DELIVERED_ADDONS.map(delivered),
): Audited {
  try {
    const folders = foldersIn(words, folder);
    return told(
      entries().flatMap((entry) => entry.releases.flatMap((release) => checkRelease(entry, release, folders))),
    );
  } catch (error) {
    return { code: 2, lines: [], error: messageOf(error) };
  }
}

function foldersIn(words: readonly string[], folder: string): Folders {
  const { dir, schemas } = valuesOf(words);
  if (dir === undefined) throw new Error(`the folder with the manifests is missing; ${USAGE}`);
  const [inside, known] = [dir, schemas].map((path) => (path === undefined ? undefined : resolve(folder, path)));
  for (const path of [inside, known]) {
    if (path !== undefined && statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) {
      throw new Error(`${path} is no folder; ${USAGE}`);
    }
  }
  return { dir: inside ?? "", schemas: known };
}

function valuesOf(words: readonly string[]): { dir?: string | undefined; schemas?: string | undefined } {
  const options = { dir: { type: "string" }, schemas: { type: "string" } } as const;
  try {
    return parseArgs({ args: [...words], options }).values;
  } catch (error) {
    throw new Error(`${messageOf(error)}; ${USAGE}`, { cause: error });
  }
}

function told(findings: readonly Finding[]): Audited {
  const count = (result: Finding["result"]): number => findings.filter((one) => one.result === result).length;
  const others = findings.filter(({ result }) => result !== "passed");
  const counts = `${count("passed")} checks passed, ${count("failed")} failed, ${count("skipped")} skipped`;
  return {
    code: count("failed") === 0 ? 0 : 1,
    lines: [...others.map(({ result, text }) => `${result}: ${text}`), counts],
  };
}
