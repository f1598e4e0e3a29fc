import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ifacePattern } from "../../src/addons/iface-pattern.js";
import { splitDocuments } from "../../src/addons/documents.js";
import { parseManifest } from "../../src/addons/manifest.js";
import { failureOf } from "./failure.js";
import { fitCanal } from "./fit-canal.js";

const canal = readFileSync(new URL("fixtures/canal.yaml", import.meta.url), "utf8");
const patch = {
  podSubnet: "10.32.0.0/12",
  apiHost: "api.demo.example.com",
  interfaces: "^10\\.250\\.250\\.",
};

describe("Canal fitted to a cluster", () => {
  it("is the golden file", async () => {
    await expect(fitCanal(canal, patch)).toMatchFileSnapshot("../golden/canal-patched.yaml");
  });

  it("changes the pod network and keeps flannel's other settings", () => {
    const config = parseManifest(fitCanal(canal, patch), "canal").find(
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
    const daemonSet = parseManifest(fitCanal(fitCanal(canal, patch), patch), "canal").find(
      ({ kind }) => kind === "DaemonSet",
    );
    const pod = (daemonSet?.["spec"] as { template: { spec: Record<string, { env: object[] }[]> } }).template.spec;
    const all = [...(pod["initContainers"] ?? []), ...(pod["containers"] ?? [])];
    expect(all).toHaveLength(3);
    for (const { env } of all) {
      expect(env.filter((one) => JSON.stringify(one).includes("KUBERNETES_SERVICE_"))).toEqual([
        { name: "KUBERNETES_SERVICE_HOST", value: "api.demo.example.com" },
        { name: "KUBERNETES_SERVICE_PORT", value: "6443" },
      ]);
    }
  });

  it("leaves every other document byte for byte", () => {
    const before = splitDocuments(canal);
    const after = splitDocuments(fitCanal(canal, patch));
    expect(after.length).toBe(before.length);
    expect(before.flatMap((text, index) => (text === after[index] ? [] : [index]))).toEqual([1, 4]);
  });

  it("changes nothing the second time, and follows a new pattern without a second variable", () => {
    const once = fitCanal(canal, patch);
    expect(fitCanal(once, patch)).toBe(once);
    const moved = fitCanal(once, { ...patch, interfaces: "^(?:10\\.0\\.0\\.1|10\\.9\\.0\\.2)$" });
    expect(moved.match(/FLANNELD_IFACE_REGEX/g)).toHaveLength(1);
    expect(moved).toContain("10\\.9\\.0\\.2");
  });

  it("writes disruption budgets in the version that the API serves, and touches nothing else of them", () => {
    const budget = (version: string): string =>
      `---\n# kept\napiVersion: ${version}\nkind: PodDisruptionBudget\nmetadata:\n  name: calico-kube-controllers\n  namespace: kube-system\nspec:\n  maxUnavailable: 1\n`;
    const other = "---\napiVersion: policy/v1\nkind: Other\nmetadata:\n  name: x\n";
    const made = (minor: number): readonly string[] =>
      splitDocuments(fitCanal(canal + budget("policy/v1") + other, { ...patch, minor })).slice(-2);
    expect(made(21)).toEqual([budget("policy/v1"), other]);
    const [before = "", after] = made(20);
    expect([parseManifest(before, "canal"), after]).toEqual([parseManifest(budget("policy/v1beta1"), "canal"), other]);
  });

  const changed: readonly [string, string, string][] = [
    ["name: canal-config\n", "name: renamed\n", "ConfigMap canal-config exactly once"],
    ["name: another\n", "name: canal-config\n", "ConfigMap canal-config exactly once"],
    ["net-conf.json: |", "other.json: |", "data.net-conf.json in ConfigMap canal-config"],
    ['"Network": "10.244.0.0/16",', "broken", "data.net-conf.json that is JSON in ConfigMap canal-config"],
    ["kind: DaemonSet", "kind: Deployment", "DaemonSet canal exactly once"],
    ["name: kube-flannel", "name: flannel", "spec.template.spec.containers.name=kube-flannel in DaemonSet canal"],
    ["initContainers:", "others:", "spec.template.spec.initContainers in DaemonSet canal"],
  ];
  it.each(changed)("refuses a manifest in which %j became %j", async (from, to, missing) => {
    const error = await failureOf(() => fitCanal(canal.replace(from, to), patch));
    expect(error.message).toBe(`the manifest of canal has no ${missing}, so it cannot be fitted to the cluster`);
    expect([error.kind, error.hints]).toEqual([
      "node",
      ["give a manifest of your own: spec.addons: [{name: NAME, manifest: FILE}]"],
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
