import { basename } from "node:path";
import { AlpineK8sError } from "../../base/errors.js";
import { readIfExists } from "../../base/files.js";
import { clusterPaths } from "../../base/paths.js";
import type { ClusterSpec } from "../../model/spec/cluster-spec.js";
import { parseSpec } from "../../model/spec/parse-spec.js";
import { machineIds } from "../../vagrant/machine-ids.js";

/**
 * Names of Vagrant's machines are names of folders: the shell that completes them could run other characters as code.
 */
const NODE_NAME = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/;

/**
 * Names of the nodes of a folder, from its files alone: those of the spec, and machines that Vagrant has made. Empty
 * when the spec cannot be used: completion reports no errors.
 */
export async function nodeNames(folder: string): Promise<readonly string[]> {
  const { spec: path } = clusterPaths(folder);
  try {
    const text = await readIfExists(path);
    const spec = parseSpec({ text, source: basename(path), folderName: "cluster", overrides: {} });
    const made = [...(await machineIds(folder)).keys()].filter((name) => NODE_NAME.test(name));
    return [...new Set([...namesIn(spec), ...made])];
  } catch (error) {
    if (error instanceof AlpineK8sError) return [];
    throw error;
  }
}

function namesIn({ provider, hosts, nodes }: ClusterSpec): readonly string[] {
  if (provider === "hosts") return hosts.map(({ name }) => name);
  if (nodes.list.length > 0) return nodes.list.map(({ name }) => name);
  const numbered = (start: string, count: number): string[] =>
    Array.from({ length: count }, (_, index) => `${start}${index + 1}`);
  return [...numbered("master", nodes.masters.count), ...numbered("minion", nodes.minions.count)];
}
