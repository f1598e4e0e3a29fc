import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { AlpineK8sError } from "../../../src/base/errors.js";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { KubeError } from "../../../src/kube/kube-error.js";
import type { AddonChanged } from "../../../src/operations/addons/change.js";
import { disableAddon, planDisable } from "../../../src/operations/addons/disable.js";
import { enableAddon, planEnable, type EnableInput } from "../../../src/operations/addons/enable.js";
import { listAddons } from "../../../src/operations/addons/list.js";
import { addonsStatus } from "../../../src/operations/addons/status.js";
import { upgradeAddon } from "../../../src/operations/addons/upgrade.js";
import { up } from "../../../src/operations/up/up.js";
import type { TemplateSource } from "../../../src/templates/package-files.js";
import { differences, documented } from "../../commands/documented.js";
import { ADDONS_RECORD } from "../fake-api.js";
import { FakeWorld } from "../fake-world.js";
import { idsOf, recordedIds, runsOf } from "../plans.js";
import { SHOP } from "./catalogue.js";
import { FakeObjects } from "./fake-objects.js";

vi.mock("../../../src/model/spec/addon-names.js", async () => {
  const { NAMES } = await import("./catalogue.js");
  return { DELIVERED_ADDONS: NAMES, NETWORK_ADDONS: ["canal"], LATER_ADDONS: [], ADDRESS_ADDON: "kube-vip" };
});
vi.mock("../../../src/templates/package-files.js", async (original) => {
  const real = await original<{ packageTemplates: () => TemplateSource }>();
  const { entryFile } = await import("./catalogue.js");
  const source = real.packageTemplates();
  const read = (path: string): string => entryFile(path, (delivered) => source.read(delivered));
  return { packageTemplates: () => ({ ...source, read }) };
});

const SPEC = `# mine
apiVersion: alpine-k8s/v1
kind: Cluster
metadata: { name: demo }
spec:
  kubernetes: { version: "v1.36.1" }
  vagrant: { provider: libvirt }
  addons:
    - { name: canal, manifest: network.yaml } # the network
`;
const DEPLOYMENT = "/apis/apps/v1/namespaces/shop/deployments/shop";
const PRICES = "/api/v1/namespaces/shop/configmaps/prices";
const INVENTORY = "/api/v1/namespaces/kube-system/configmaps/alpine-k8s-addon-shop";

let world: FakeWorld;
let api: FakeObjects;
beforeEach(async () => {
  world = await FakeWorld.create(SPEC);
  await up({ ...around(), tools: world.tools(), overrides: {} });
  api = new FakeObjects();
});

function around() {
  const real = world.tools();
  const tools: typeof real = {
    ...real,
    kube: () => Promise.resolve(api.api()),
    manifest: (asked) => {
      if (asked.ref.name === "till") return Promise.resolve({ text: "", source: "till" });
      if (asked.ref.name !== "shop") return real.manifest(asked);
      return Promise.resolve({ text: SHOP[asked.ref.version ?? "v2.0.0"] ?? "", source: "shop.yaml" });
    },
  };
  return { folder: world.folder, tools, progress: world.progress(), signal: new AbortController().signal };
}

const LIMITS = { forceConflicts: false, timeout: 5_000 };
const enabling = (name: string, more: Partial<EnableInput["wish"]> = {}, limits = LIMITS): EnableInput => ({
  ...{ ...around(), name, ...limits },
  wish: { name, set: [], ...more },
});
const enable = (...asked: Parameters<typeof enabling>): Promise<AddonChanged> => enableAddon(enabling(...asked));
const disabling = (withData = false) => ({ ...around(), name: "shop", withData, timeout: 5_000 });
const yes = (): Promise<boolean> => Promise.resolve(true);
const specText = (): Promise<string> => readFile(join(world.folder, "alpine-k8s.yaml"), "utf8");
const data = (path: string) => api.objects.get(path)?.["data"] as Readonly<Record<string, string>> | undefined;

describe("addons enable", () => {
  it("writes the spec with its comments, the inventory first, and the sum last", async () => {
    const done = await enable("shop", { set: ["copies=2"] });
    expect(done).toMatchObject({ addon: "shop", version: "v2.0.0", spec: "changed", applied: true, ready: true });
    expect(done.warnings).toEqual(["shop is deprecated by its makers; till replaces it", "shop: it has no lock"]);
    expect(await specText()).toBe(`${SPEC}    - { name: shop, values: { copies: 2 } }\n`);
    expect(api.writes).toEqual([
      `apply ${INVENTORY}`,
      "apply /api/v1/namespaces/shop",
      `apply ${DEPLOYMENT}`,
      `apply ${ADDONS_RECORD}`,
    ]);
    expect(data(INVENTORY)).toEqual({
      ...{ sha256: done.sha256, version: "v2.0.0" },
      objects: "v1 Namespace - shop\napps/v1 Deployment shop shop\n",
    });
    expect(data(ADDONS_RECORD)).toEqual({ shop: done.sha256 });
    expect(api.objects.get(DEPLOYMENT)).toMatchObject({ spec: { replicas: 2 } });
    expect(differences({ ...done, removed: [], kept: [] }, documented("`addons enable -o json`"))).toEqual([]);
  });

  it("given again has nothing to do", async () => {
    await enable("shop");
    api.writes.splice(0);
    expect(await enable("shop")).toMatchObject({ spec: "unchanged", applied: false });
    expect(api.writes).toEqual([]);
  });

  it("--dry-run names what the run then does, and changes nothing", async () => {
    const plan = await planEnable(enabling("shop"));
    expect(api.writes).toEqual([]);
    expect(await specText()).toBe(SPEC);
    const before = await runsOf(world.folder);
    await enable("shop");
    expect(await recordedIds(world.folder, before)).toEqual(idsOf(plan).all);
    expect(idsOf(plan).all).toEqual(["write-spec/-/edit", "apply-add-on/-/apply"]);
  });

  it.each([
    ["an unknown name", () => enabling("shopp"), "did you mean shop?"],
    ["a version that is not there", () => enabling("shop", { version: "v9.0.0" }), "the catalogue has no shop v9.0.0"],
    ["a value of a wrong type", () => enabling("shop", { set: ["copies=many"] }), "must be a whole number"],
    ["a need that is not met", () => enabling("till"), "till needs shop"],
    ["a URL without its sum", () => enabling("x", { manifest: "https://example.com/x.yaml" }), "sha256"],
  ])("refuses %s, and writes nothing", async (_what, asked, words) => {
    const failed = enableAddon(asked());
    await expect(failed).rejects.toMatchObject({ kind: "usage" });
    await expect(failed).rejects.toThrow(words);
    expect(await specText()).toBe(SPEC);
    expect(api.writes).toEqual([]);
  });

  const differs = new AlpineK8sError("node", "the manifest of shop has another sum");
  const offline = new AlpineK8sError("prerequisite", "the manifest of shop cannot be downloaded");
  it.each([
    ["whose sum differs: 4", differs, "node"],
    ["that cannot be had without a network: 3", offline, "prerequisite"],
  ] as const)("of a manifest %s, and writes nothing", async (_what, error, kind) => {
    const asked = enabling("shop");
    const tools = { ...asked.tools, manifest: () => Promise.reject(error) };
    await expect(enableAddon({ ...asked, tools })).rejects.toMatchObject({
      kind,
      message: expect.stringContaining(error.message) as string,
    });
    expect([await specText(), api.writes]).toEqual([SPEC, []]);
  });

  it.each([1, 2, 3])("whose API is gone after %i writes: one message, and the same command goes on", async (writes) => {
    const asked = enabling("shop");
    const gone = new KubeError("applying", 0, "", "connect ECONNREFUSED 10.250.250.2:6443");
    api.left = writes;
    api.cut = gone;
    const failed = enableAddon(asked);
    await expect(failed).rejects.toMatchObject({ kind: "unhealthy" });
    await expect(failed).rejects.toThrow("ECONNREFUSED");
    Object.assign(api, { left: Infinity });
    expect(await enable("shop")).toMatchObject({ applied: true, ready: true });
  });

  it("respects fields of others, and takes them when told to", async () => {
    await enable("shop");
    const spec = await specText();
    api.foreign.set(DEPLOYMENT, [{ manager: "kubectl-edit", field: ".spec.replicas" }]);
    api.writes.splice(0);
    const failed = enable("shop", { set: ["copies=3"] });
    await expect(failed).rejects.toMatchObject({
      kind: "unhealthy",
      hints: ["alpine-k8s addons enable shop --force-conflicts  (takes these fields)"],
    });
    await expect(failed).rejects.toThrow("Deployment shop/shop: .spec.replicas belongs to kubectl-edit");
    expect([await specText(), api.writes]).toEqual([spec, []]);
    expect(await enable("shop", { set: ["copies=3"] }, { ...LIMITS, forceConflicts: true })).toMatchObject({
      applied: true,
    });
  });

  it("tells what does not become ready, and stays enabled", async () => {
    api.works = false;
    const failed = enable("shop");
    await expect(failed).rejects.toMatchObject({ kind: "timeout" });
    await expect(failed).rejects.toThrow("workloads-available: Deployment shop/shop has not been observed");
    expect((await addonsStatus({ ...around(), name: "shop" })).ready).toBe(false);
  });

  it.each([0, 1, 2, 3])("that is killed after %i writes is continued by the same command", async (writes) => {
    api.left = writes;
    await expect(enable("shop")).rejects.toThrow("cut off");
    // What was applied is in the inventory.
    const brought = api.writes.filter((line) => !line.includes("kube-system"));
    expect(brought.length === 0 || data(INVENTORY)?.["objects"]?.includes("Deployment shop shop")).toBe(true);
    api.left = Infinity;
    expect(await enable("shop")).toMatchObject({ applied: true });
    expect(api.objects.has(DEPLOYMENT)).toBe(true);
  });
});

describe("addons upgrade", () => {
  it("deletes what the new release does not have, and keeps what is others'", async () => {
    await enable("shop", { version: "v1.0.0" });
    api.put("/api/v1/namespaces/shop/configmaps/mine", {
      ...{ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "mine", namespace: "shop" } },
    });
    const done = await upgradeAddon({ ...around(), name: "shop", to: undefined, ...LIMITS });
    expect(done).toMatchObject({ version: "v2.0.0", removed: ["ConfigMap shop/prices"], kept: [] });
    expect(api.objects.has(PRICES)).toBe(false);
    expect(api.objects.has("/api/v1/namespaces/shop/configmaps/mine")).toBe(true);
    expect(data(INVENTORY)?.["objects"]).not.toContain("prices");
    expect(await specText()).toContain("- { name: shop, version: v2.0.0 }");
    expect(differences({ ...done }, documented("`addons upgrade -o json`"))).toEqual([]);
  });

  it("that is killed before it deletes is continued", async () => {
    await enable("shop", { version: "v1.0.0" });
    api.left = 4;
    const upgrade = () => upgradeAddon({ ...around(), name: "shop", to: "v2.0.0", ...LIMITS });
    await expect(upgrade()).rejects.toThrow("cut off");
    expect(data(INVENTORY)?.["objects"]).toContain("prices");
    api.left = Infinity;
    expect(await upgrade()).toMatchObject({ removed: ["ConfigMap shop/prices"] });
  });

  it("refuses what is not enabled, or has a manifest of its own", async () => {
    const upgrade = (name: string) => upgradeAddon({ ...around(), name, to: undefined, ...LIMITS });
    await expect(upgrade("shop")).rejects.toMatchObject({ kind: "usage" });
    await expect(upgrade("canal")).rejects.toThrow("has a manifest of its own");
  });
});

describe("addons disable", () => {
  it("deletes what the inventory has, and keeps namespaces; given again it has nothing to do", async () => {
    await enable("shop", { version: "v1.0.0" });
    const plan = await planDisable(disabling());
    const before = await runsOf(world.folder);
    const done = await disableAddon({ ...disabling(), confirm: yes });
    expect(await recordedIds(world.folder, before)).toEqual(idsOf(plan).all);
    expect(done).toMatchObject({
      spec: "changed",
      removed: ["ConfigMap shop/prices", "Deployment shop/shop"].sort().reverse(),
      kept: ["Namespace shop goes only with --with-data"],
      stays: ["the till's money"],
    });
    expect(await specText()).toBe(SPEC);
    expect([...api.objects.keys()]).toEqual(["/api/v1/namespaces/shop", ADDONS_RECORD]);
    expect(data(ADDONS_RECORD)).toEqual({});
    expect(api.writes.indexOf(`delete ${DEPLOYMENT}`)).toBeLessThan(api.writes.indexOf(`delete ${PRICES}`));
    expect(differences({ ...done }, documented("`addons disable -o json`"))).toEqual([]);
    expect(await disableAddon({ ...disabling(), confirm: yes })).toMatchObject({ spec: "unchanged", removed: [] });
  });

  it("--with-data deletes the namespace, unless something else is in it", async () => {
    await enable("shop");
    api.put("/api/v1/namespaces/shop/configmaps/mine", {
      ...{ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "mine", namespace: "shop" } },
    });
    const done = await disableAddon({ ...disabling(true), confirm: yes });
    expect(done.kept).toEqual(["Namespace shop still has ConfigMap mine"]);
    expect(api.objects.has("/api/v1/namespaces/shop/configmaps/mine")).toBe(true);
  });

  it.each([0, 1, 2, 3])("that is killed after %i writes is continued by the same command", async (writes) => {
    await enable("shop", { version: "v1.0.0" });
    api.left = writes;
    await expect(disableAddon({ ...disabling(), confirm: yes })).rejects.toThrow("cut off");
    api.left = Infinity;
    await disableAddon({ ...disabling(), confirm: yes });
    expect([...api.objects.keys()]).toEqual(["/api/v1/namespaces/shop", ADDONS_RECORD]);
  });

  it("leaves an object that is somebody else's by now", async () => {
    await enable("shop");
    api.put(DEPLOYMENT, { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "shop", namespace: "shop" } });
    const { kept } = await disableAddon({ ...disabling(), confirm: yes });
    expect(kept).toContain("Deployment shop/shop is somebody else's now");
    expect(api.objects.has(DEPLOYMENT)).toBe(true);
  });

  it("refuses the only network, what others need, and a no", async () => {
    await expect(disableAddon({ ...disabling(), name: "canal", confirm: yes })).rejects.toMatchObject({
      kind: "usage",
    });
    await enable("shop");
    await enable("till");
    await expect(disableAddon({ ...disabling(), confirm: yes })).rejects.toThrow("till cannot do without shop");
    const no = disableAddon({ ...disabling(), name: "till", confirm: () => Promise.resolve(false) });
    await expect(no).rejects.toMatchObject({ kind: "declined" });
  });
});

describe("addons status and list", () => {
  it("tell what is missing, changed and out of date", async () => {
    await enable("shop", { version: "v1.0.0" });
    api.objects.delete(PRICES);
    api.foreign.set(DEPLOYMENT, [{ manager: "kubectl-edit", field: ".spec.replicas" }]);
    const status = await addonsStatus({ ...around(), name: "shop" });
    expect(status).toMatchObject({ ready: false, addons: [{ version: "v1.0.0", applied: true, images: ["shop:1"] }] });
    expect(status.addons[0]?.missing).toEqual(["ConfigMap shop/prices"]);
    expect(status.addons[0]?.changed).toEqual(["Deployment shop/shop: .spec.replicas belongs to kubectl-edit"]);
    expect(differences({ ...status }, documented("`addons status -o json`"))).toEqual([]);
    const listed = await listAddons(around());
    expect(listed.unknown).toBeNull();
    expect(listed.addons.find(({ name }) => name === "shop")).toMatchObject({
      runs: "v1.0.0",
      newest: "v2.0.0",
      outdated: true,
    });
    expect(differences({ ...listed }, documented("`addons list -o json`"))).toEqual([]);
  });

  it("list works without a cluster, and without an API", async () => {
    const { tools, ...rest } = around();
    const away = { ...tools, kube: () => Promise.reject(new Error("no connection within 0.1 s")) };
    expect((await listAddons({ ...rest, tools: away })).unknown).toBe(
      "the API was not asked: no connection within 0.1 s",
    );
    world = await FakeWorld.create(SPEC);
    await writeFile(join(world.folder, "alpine-k8s.yaml"), SPEC);
    expect(await listAddons(around())).toMatchObject({ cluster: null, unknown: "there is no cluster in this folder" });
  });
});
