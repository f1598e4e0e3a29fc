import { statSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { messageOf } from "../../base/errors.js";
import { DELIVERED } from "../catalogue/catalogue.js";
import type { CatalogueEntry } from "../catalogue/entry.js";
import { entriesInFolder } from "../catalogue/read-catalogue.js";
import { checkRelease, type Folders } from "./check-release.js";
import type { Finding } from "./finding.js";

const USAGE = "use it so: npm run audit:addons -- [--dir FOLDER] [--catalogue FOLDER] [--schemas FOLDER]";

export interface Audited {
  readonly code: number;
  /** One for each check that did not pass, and one with counts. */
  readonly lines: readonly string[];
  /** Why nothing can be checked. */
  readonly error?: string;
}

/**
 * Checks the delivered catalogue, or the one of `--catalogue`, by the real manifests in the folder of `--dir`, as
 * {@link checkRelease} says; manifests that lie in the catalogue are read there. Paths are relative to `folder`. The code is 0 when nothing failed, 1 when something did, 2 when nothing can be checked.
 */
export async function auditAddons(
  words: readonly string[],
  folder: string,
  entries: () => readonly CatalogueEntry[] = deliveredEntries,
): Promise<Audited> {
  try {
    const { dir, schemas, catalogue } = foldersIn(words, folder);
    const own = catalogue === undefined ? undefined : await entriesInFolder(folder, catalogue);
    const findings: Finding[] = [];
    for (const entry of own?.map((one) => one.entry) ?? entries()) {
      for (const release of entry.releases) findings.push(...(await checkRelease(entry, release, { dir, schemas })));
    }
    return told(findings);
  } catch (error) {
    return { code: 2, lines: [], error: messageOf(error) };
  }
}

function deliveredEntries(): readonly CatalogueEntry[] {
  return DELIVERED.names.flatMap((name) => DELIVERED.find(name) ?? []);
}

function foldersIn(words: readonly string[], folder: string): Folders & { readonly catalogue: string | undefined } {
  const { dir, schemas, catalogue } = valuesOf(words);
  if (dir === undefined && catalogue === undefined) {
    throw new Error(`the folder with the manifests is missing; ${USAGE}`);
  }
  const [inside, known] = [dir, schemas].map((path) => (path === undefined ? undefined : resolve(folder, path)));
  for (const path of [inside, known]) {
    if (path !== undefined && statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) {
      throw new Error(`${path} is no folder; ${USAGE}`);
    }
  }
  return { dir: inside, schemas: known, catalogue };
}

function valuesOf(
  words: readonly string[],
): Readonly<Partial<Record<"dir" | "schemas" | "catalogue", string | undefined>>> {
  const options = { dir: { type: "string" }, schemas: { type: "string" }, catalogue: { type: "string" } } as const;
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
