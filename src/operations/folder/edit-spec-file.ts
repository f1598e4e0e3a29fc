import { realpath, stat } from "node:fs/promises";
import { basename } from "node:path";
import { AlpineK8sError } from "../../base/errors.js";
import { readIfExists, writeAtomically } from "../../base/files.js";
import type { SpecText } from "../../model/spec/edit-spec.js";
import type { Identity } from "../../model/topology/topology.js";

/**
 * Changes the user's spec file by a pure function of its text; nothing is written when the text stays the same. The
 * file keeps its mode. Throws `conflict` when somebody wrote to it meanwhile: their text stays.
 */
export async function editSpecFile(
  path: string,
  { name: folderName, kubernetesVersion }: Pick<Identity, "name"> & Partial<Pick<Identity, "kubernetesVersion">>,
  edit: (file: SpecText) => string | undefined,
): Promise<"written" | "unchanged"> {
  const text = await readIfExists(path);
  // A link to a file elsewhere stays a link.
  const file = text === undefined ? path : await realpath(path);
  const mode = text === undefined ? 0o644 : (await stat(file)).mode & 0o777;
  const known = kubernetesVersion === undefined ? {} : { kubernetesVersion };
  const edited = edit({ text, source: basename(path), folderName, ...known });
  if (edited === undefined || edited === text) return "unchanged";
  await writeAtomically(file, edited, mode, async () => {
    if ((await readIfExists(path)) !== text) throw changedMeanwhile(path);
  });
  return "written";
}

function changedMeanwhile(path: string): AlpineK8sError {
  return new AlpineK8sError("conflict", `${path} was changed by somebody else meanwhile; it was left as it is`, {
    hints: ["give the same command again"],
  });
}
