import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { auditAddons } from "../../src/addons/audit/audit.js";
import { catalogueWith } from "../../src/addons/catalogue/catalogue.js";
import { readEntry } from "../../src/addons/catalogue/read-entry.js";
import { delivered } from "../../src/addons/catalogue/delivered.js";
import { fitToCluster } from "../../src/addons/catalogue/fit.js";
import { releaseFor } from "../../src/addons/catalogue/release.js";
import { staticPodFor } from "../../src/addons/static-pod.js";
import { parseManifest } from "../../src/addons/manifest.js";
import { ADDRESS_ADDON, DELIVERED_ADDONS } from "../../src/model/spec/addon-names.js";
import { exampleCluster } from "./example-cluster.js";
import { failureOf } from "./failure.js";

const fixture = (name: string): string => readFileSync(new URL(`fixtures/${name}.yaml`, import.meta.url), "utf8");

interface Asked {
  readonly values?: Readonly<Record<string, unknown>>;
  readonly text?: string;
}

/** The fixture of an add-on, fitted to the example cluster. */
function fitted(name: string, { values, text = fixture(name) }: Asked = {}): string {
  const topology = exampleCluster();
  const entry = delivered(name);
  return fitToCluster(text, entry, {
    topology,
    values,
    version: releaseFor(entry, topology.identity.kubernetesVersion).version,
  });
}

describe("an add-on of the catalogue, fitted to a cluster", () => {
  it.each(DELIVERED_ADDONS.filter((name) => !["canal", ADDRESS_ADDON].includes(name)))(
    "is the golden file: %s",
    async (name) => {
      await expect(fitted(name)).toMatchFileSnapshot(`../golden/addons/${name}.yaml`);
    },
  );

  it.each(DELIVERED_ADDONS)("fails when an object that is patched is not there: %s", async (name) => {
    for (const { kind, name: object, minors } of delivered(name).patches) {
      if (minors !== undefined) continue;
      const text = fixture(name).replaceAll(`\n  name: ${object}\n`, "\n  name: moved\n");
      const error = await failureOf(() => fitted(name, { text }));
      expect(error.message).toMatch(/has no \w+ [\w-]+ exactly once/);
      expect([error.kind, kind]).toEqual(["node", expect.stringMatching(/^[A-Z]/)]);
    }
  });
});

describe("kube-vip", () => {
  const node = { name: "master1", address: "10.250.250.2", interface: "eth1" };
  const pod = (values?: Readonly<Record<string, unknown>>) =>
    staticPodFor(delivered(ADDRESS_ADDON), {
      ...{ topology: exampleCluster(), version: "v1.2.3", address: "10.250.250.9", node },
      values,
    });

  it("is the golden file, as a master gets it", async () => {
    await expect(pod().text).toMatchFileSnapshot("../golden/addons/kube-vip.yaml");
  });

  it("sits on the network card that is asked for, and has another sum then", () => {
    const other = pod({ interface: "bond0" });
    expect(other.text).toContain("name: vip_interface\n          value: bond0\n");
    expect(other.sha256).not.toBe(pod().sha256);
    expect(pod().text).toContain("name: vip_interface\n          value: eth1\n");
  });

  it("runs what its entry lists, and reaches no further than that announces", async () => {
    const { code, lines } = await auditAddons(["--dir", "."], import.meta.dirname, () => [delivered(ADDRESS_ADDON)]);
    expect(code).toBe(0);
    expect(lines.at(-1)).toBe("27 checks passed, 0 failed, 9 skipped");
  });

  it("may be another one of its name, as on the practice cluster, and no other name has its role", async () => {
    const place = "practice/catalogue/kube-vip.yaml";
    const entry = readEntry(readFileSync(new URL(`../../${place}`, import.meta.url), "utf8"), place);
    expect(catalogueWith([{ entry, place }]).find(ADDRESS_ADDON)).toBe(entry);
    const fitting = { topology: exampleCluster(), version: "v1.0.0", address: "10.250.250.9", node };
    const { text, name } = staticPodFor(entry, fitting);
    expect(name).toBe("kube-vip");
    expect(text).toContain("virtual_router_id ${address##*.}");
    const error = await failureOf(() => catalogueWith([{ entry: { ...entry, name: "other" }, place }]));
    expect(error.message).toBe(`${place} is other, and role: address is for kube-vip alone`);
  });

  it.each([
    ["without a pod", "role: address", /role: needs a staticPod/],
    [
      "with a pod and no such role",
      "staticPod: { kind: Pod, metadata: { name: a } }",
      /staticPod: is only for role: address/,
    ],
    [
      "with another object",
      "role: address\nstaticPod: { kind: Job, metadata: { name: a } }",
      /staticPod: must be a Pod/,
    ],
    [
      "beside objects",
      "role: address\nstaticPod: { kind: Pod, metadata: { name: a } }\nobjects: [{ kind: Job }]",
      /cannot stand beside/,
    ],
  ])("cannot be written %s", async (_, lines, words) => {
    const text = `apiVersion: alpine-k8s/v1\nkind: Addon\nmetadata: { name: kube-vip }\ntitle: T\nstate: maintained\nreleases: []\n${lines}\n`;
    expect((await failureOf(() => readEntry(text, "a.yaml"))).message).toMatch(words);
  });

  it("refuses a value that there is not", async () => {
    const error = await failureOf(() => pod({ adress: "10.250.250.9" }));
    expect(error.message).toBe("values of the add-on kube-vip: adress: there is no such value; did you mean address?");
  });
});

describe("metrics-server", () => {
  it("verifies the kubelets, unless its values say otherwise, and the flag that is last holds", () => {
    expect(fitted("metrics-server")).toContain("--kubelet-insecure-tls=false");
    const other = fitted("metrics-server", { values: { kubeletInsecureTls: true, resolution: "30s" } });
    expect(other).toContain("--kubelet-insecure-tls=true");
    expect(other.indexOf("--metric-resolution=30s")).toBeGreaterThan(other.indexOf("--metric-resolution=15s"));
  });

  it("has a release for every Kubernetes from 1.25 on, and none before", async () => {
    for (let minor = 25; minor <= 37; minor += 1) releaseFor(delivered("metrics-server"), `v1.${minor}.0`);
    const error = await failureOf(() => releaseFor(delivered("metrics-server"), "v1.24.0"));
    expect(error.message).toContain("the catalogue has no metrics-server for Kubernetes v1.24.0");
  });
});

describe("headlamp", () => {
  it("runs the image of its release, traces nothing and brings no token that never ends", () => {
    const text = fitted("headlamp");
    expect(text).toContain("image: ghcr.io/headlamp-k8s/headlamp:v0.45.0");
    expect(text).not.toContain(":latest");
    expect(parseManifest(text, "headlamp").map(({ kind }) => kind)).toEqual(["Service", "Deployment"]);
  });
});

describe("kubernetes-dashboard", () => {
  it("is the newest one, unless v2.6.0 is asked for, which can show heapster's graphs", () => {
    const entry = delivered("kubernetes-dashboard");
    expect(releaseFor(entry, "v1.36.1").version).toBe("v2.7.0");
    expect(releaseFor(entry, "v1.36.1", "v2.6.0").images).toContain("kubernetesui/dashboard:v2.6.0");
    expect(fitted("kubernetes-dashboard", { values: { metrics: "heapster" } })).toContain(
      "--metrics-provider=heapster",
    );
  });
});

describe("heapster", () => {
  it("is of versions that today's API serves, and may read the kubelets' summary", () => {
    const objects = parseManifest(fitted("heapster"), "heapster");
    expect([...new Set(objects.map(({ apiVersion }) => apiVersion))].sort()).toEqual([
      "apps/v1",
      "rbac.authorization.k8s.io/v1",
      "v1",
    ]);
    const role = objects.find(({ kind }) => kind === "ClusterRole");
    const binding = objects.find(({ kind }) => kind === "ClusterRoleBinding");
    expect((binding?.["roleRef"] as { name: string }).name).toBe(role?.metadata.name);
    expect(JSON.stringify(role)).toContain("nodes/stats");
  });
});
