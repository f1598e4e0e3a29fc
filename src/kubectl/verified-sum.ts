import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { readIfExists, SECRET_MODE, writeAtomically } from "../base/files.js";
import { clusterPaths } from "../base/paths.js";

/** Remembers the sum of the folder's kubectl, which was verified when it was downloaded. */
export async function rememberSum(folder: string, sum: string): Promise<void> {
  await writeAtomically(clusterPaths(folder).kubectlSum, `${sum}\n`, SECRET_MODE);
}

/** Whether the program is still the file whose sum was verified: what it says of itself proves nothing. */
export async function isVerified(folder: string, program: string): Promise<boolean> {
  const remembered = (await readIfExists(clusterPaths(folder).kubectlSum))?.trim();
  if (remembered === undefined || !(await stat(program).catch(() => undefined))?.isFile()) return false;
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(program)) hash.update(chunk as Buffer);
  return hash.digest("hex") === remembered;
}
