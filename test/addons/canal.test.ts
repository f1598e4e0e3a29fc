import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { patchCanal } from "../../src/addons/canal.js";
import { ifacePattern } from "../../src/addons/iface-pattern.js";
import { splitDocuments } from "../../src/addons/documents.js";
import { parseManifest } from "../../src/addons/manifest.js";
import { failureOf } from "./failure.js";

const canal = readFileSync(new URL("fixtures/canal.yaml", import.meta.url), "utf8");
const patch = {
  podSubnet: "10.32.0.0/12",
  api: { host: "api.demo.example.com", port: 6443 },
  ifaceRegex: "^10\\.250\\.250\\.",
  policyVersion: "policy/v1",
};

describe("patchCanal", () => {
  it("is the golden file", async () => {
    await expect(patchCanal(canal, patch)).toMatchFileSnapshot("../golden/canal-patched.yaml");
  });

  it("changes the pod network and keeps flannel's other settings", () => {
    const config = parseManifest(patchCanal(canal, patch), "canal").find(
      ({ metadata }) => metadata.name === "canal-config",
    );
    const data = config?.["data"] as Record<string, string>;
    expect(JSON.parse(data["net-conf.json"] ?? "")).toEqual({
      Network: "10.32.0.0/12",
      EnableIPv6: false,
      Backend: { Type: "vxlan", Port: 8472 },
    });
    expect([data["canal_iface"], data["veth_mtu"]]).toEqual(["", "0"]);
  });

  it("lets every container ask the API at the endpoint, once each", () => {
    const daemonSet = parseManifest(patchCanal(patchCanal(canal, patch), patch), "canal").find(
      ({ kind }) => kind === "DaemonSet",
    );
    const pod = (daemonSet?.["spec"] as { template: { spec: Record<string, { env: object[] }[]> } }).template.spec;
    const all = [...(pod["initContainers"] ?? []), ...(pod["containers"] ?? [])];
    expect(all).toHaveLength(2);
    for (const { env } of all) {
      expect(env.filter((one) => JSON.stringify(one).includes("KUBERNETES_SERVICE_"))).toEqual([
        { name: "KUBERNETES_SERVICE_HOST", value: "api.demo.example.com" },
        { name: "KUBERNETES_SERVICE_PORT", value: "6443" },
      ]);
    }
  });

  it("leaves every other document byte for byte", () => {
    const before = splitDocuments(canal);
    const after = splitDocuments(patchCanal(canal, patch));
    expect(after.length).toBe(before.length);
    expect(before.flatMap((text, index) => (text === after[index] ? [] : [index]))).toEqual([1, 4]);
  });

  it("changes nothing the second time, and follows a new pattern without a second variable", () => {
    const once = patchCanal(canal, patch);
    expect(patchCanal(once, patch)).toBe(once);
    const moved = patchCanal(once, { ...patch, ifaceRegex: "^(?:10\\.0\\.0\\.1|10\\.9\\.0\\.2)$" });
    expect(moved.match(/FLANNELD_IFACE_REGEX/g)).toHaveLength(1);
    expect(moved).toContain("10\\.9\\.0\\.2");
  });

  it("writes disruption budgets in the version that the API serves, and touches nothing else of them", () => {
    const budget = (version: string): string =>
      `---\n# kept\napiVersion: ${version}\nkind: PodDisruptionBudget\nmetadata:\n  name: calico-kube-controllers\nspec:\n  maxUnavailable: 1\n`;
    const other = "---\napiVersion: policy/v1\nkind: Other\nmetadata:\n  name: x\n";
    const made = (policyVersion: string): readonly string[] =>
      splitDocuments(patchCanal(canal + budget("policy/v1") + other, { ...patch, policyVersion })).slice(-2);
    expect(made("policy/v1")).toEqual([budget("policy/v1"), other]);
    expect(made("policy/v1beta1")).toEqual([budget("policy/v1beta1"), other]);
  });

  const changed: readonly [string, string, string][] = [
    ["name: canal-config\n", "name: renamed\n", "ConfigMap canal-config"],
    ["net-conf.json: |", "other.json: |", "net-conf.json in ConfigMap canal-config"],
    ['"Network": "10.244.0.0/16",', "broken", "net-conf.json in ConfigMap canal-config"],
    ["kind: DaemonSet", "kind: Deployment", "DaemonSet canal"],
    ["name: kube-flannel", "name: flannel", "container kube-flannel with an environment in DaemonSet canal"],
  ];
  it.each(changed)("refuses a manifest in which %j became %j", async (from, to, missing) => {
    const error = await failureOf(() => patchCanal(canal.replace(from, to), patch));
    expect(error.message).toBe(`the Canal manifest has no ${missing}, so it cannot be fitted to the cluster`);
    expect([error.kind, error.hints]).toEqual([
      "node",
      ["give a manifest of your own: spec.addons: [{name: canal, manifest: FILE}]"],
    ]);
  });
});

describe("ifacePattern", () => {
  const cases: readonly [string | undefined, string[], string][] = [
    ["10.250.250.0/24", [], "^10\\.250\\.250\\."],
    ["172.16.0.0/16", [], "^172\\.16\\."],
    ["10.0.0.0/8", [], "^10\\."],
    ["192.168.56.0/22", [], "^192\\.168\\.(?:56|57|58|59)\\."],
    ["10.1.2.130/30", [], "^10\\.1\\.2\\.(?:128|129|130|131)$"],
    ["10.1.2.3/32", [], "^10\\.1\\.2\\.3$"],
    [undefined, ["10.0.0.11", "10.0.0.12"], "^10\\.0\\.0\\."],
    [undefined, ["10.0.0.11", "10.0.1.12", "10.0.0.11"], "^(?:10\\.0\\.0\\.11|10\\.0\\.1\\.12)$"],
    [undefined, ["203.0.113.7"], "^203\\.0\\.113\\."],
  ];
  it.each(cases)("network %s, addresses %j", (network, addresses, pattern) => {
    expect(ifacePattern({ ...(network === undefined ? {} : { network }), addresses })).toBe(pattern);
  });

  it.each([
    ["10.250.250.0/24", "10.250.250.2", true],
    ["10.250.250.0/24", "10.250.251.2", false],
    ["10.250.250.0/24", "110.250.250.2", false],
    ["10.250.250.0/24", "10.250.25.2", false],
    ["10.0.0.0/8", "100.1.1.1", false],
    ["192.168.56.0/22", "192.168.59.255", true],
    ["192.168.56.0/22", "192.168.60.1", false],
    ["192.168.56.0/22", "192.168.5.9", false],
    ["10.1.2.128/30", "10.1.2.131", true],
    ["10.1.2.128/30", "10.1.2.13", false],
    ["10.250.250.0/24", "eth1", false],
  ])("of %s taken against %s: %s", (network, address, matches) => {
    expect(new RegExp(ifacePattern({ network, addresses: [] })).test(address)).toBe(matches);
  });
});
