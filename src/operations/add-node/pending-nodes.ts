import { rm } from "node:fs/promises";
import { readIfExists, writeAtomically } from "../../base/files.js";

/**
 * Names of the nodes that runs of `add-node` began to add and did not finish. Once a node has joined, nothing else
 * shows that its run was not finished: the same command given again would add another node.
 */
export async function readPendingNodes(path: string): Promise<readonly string[]> {
  const text = (await readIfExists(path)) ?? "";
  return text.split("\n").filter((line) => line !== "");
}

/** Writes the names, one a line; without names there is no file. */
export async function writePendingNodes(path: string, names: readonly string[]): Promise<void> {
  if (names.length === 0) await rm(path, { force: true });
  else await writeAtomically(path, names.map((name) => `${name}\n`).join(""));
}
