import { parseManifest } from "./manifest.js";

/**
 * Looks at a network manifest of the user's own, which is applied as it is. Returns warnings: a pod network in it that
 * is not the cluster's leaves pods without a route. Throws `usage` when it is no manifest.
 */
export function checkOwnManifest(text: string, expected: { podSubnet: string; source: string }): string[] {
  parseManifest(text, expected.source);
  const named = [...text.matchAll(/"?Network"?\s*:\s*"?(\d+\.\d+\.\d+\.\d+\/\d+)/g)].map(([, network = ""]) => network);
  return [...new Set(named)]
    .filter((network) => network !== expected.podSubnet)
    .map(
      (network) =>
        `${expected.source} carries the pod network ${network}, the cluster's is ${expected.podSubnet}; it is applied as it is`,
    );
}
