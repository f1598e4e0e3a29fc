import { describe, expect, it } from "vitest";
import { parseSpec } from "../../src/model/spec/parse-spec.js";
import { apiWait, scriptLimit } from "../../src/nodes/node-waits.js";

const MINUTE = 60_000;

/** The spec with these additions to kubeadm's documents. */
function specWith(kubeadm: string): ReturnType<typeof parseSpec> {
  const text = `apiVersion: alpine-k8s/v1\nkind: Cluster\nspec: {kubernetes: {kubeadm: {${kubeadm}}}}\n`;
  return parseSpec({ text, source: "alpine-k8s.yaml", folderName: "demo", overrides: {} });
}

describe("how long a master's API is waited for", () => {
  it.each<[string, number]>([
    ["", 300],
    ["ClusterConfiguration: {apiServer: {timeoutForControlPlane: 30m0s}}", 1800],
    ["ClusterConfiguration: {apiServer: {timeoutForControlPlane: 1h30m}}", 5400],
    ["ClusterConfiguration: {apiServer: {timeoutForControlPlane: 600.4s}}", 600],
    ["ClusterConfiguration: {apiServer: {timeoutForControlPlane: 1m}}", 300],
    ["ClusterConfiguration: {apiServer: {timeoutForControlPlane: 900000ms}}", 900],
    ["InitConfiguration: {timeouts: {controlPlaneComponentHealthCheck: 20m}}", 1200],
    ["JoinConfiguration: {timeouts: {controlPlaneComponentHealthCheck: 10m0s}}", 600],
    ["InitConfiguration: {timeouts: {controlPlaneComponentHealthCheck: soon}}", 300],
    ["InitConfiguration: {timeouts: 5}", 300],
  ])("with %j is %i s: what the spec has kubeadm wait, and five minutes at least", (kubeadm, seconds) => {
    const spec = specWith(kubeadm);
    expect(apiWait(spec)).toBe(seconds);
    // Once for kubeadm, once for the API after it.
    expect(scriptLimit(spec)).toBe(40 * MINUTE + 2 * (seconds - 300) * 1000);
    expect(scriptLimit(spec, 4)).toBe(40 * MINUTE + 4 * (seconds - 300) * 1000);
  });
});
