import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { auditAddons } from "../../../src/addons/audit/audit.js";
import { readCatalogue } from "../../../src/addons/catalogue/read-catalogue.js";
import { problemsWith } from "../../../src/addons/check-spec.js";
import type { AlpineK8sError } from "../../../src/base/errors.js";
import { addonsListText } from "../../../src/cli/text/addons-look.js";
import type { Tools } from "../../../src/engine/tools.js";
import { parseSpec } from "../../../src/model/spec/parse-spec.js";
import { disableAddon } from "../../../src/operations/addons/disable.js";
import { enableAddon } from "../../../src/operations/addons/enable.js";
import { listAddons } from "../../../src/operations/addons/list.js";
import { validateConfig } from "../../../src/operations/folder/config.js";
import { renderCluster } from "../../../src/operations/folder/render.js";
import { planUp, up } from "../../../src/operations/up/up.js";
import { failureOf } from "../../addons/failure.js";
import { treeOf } from "../../stories/support/tree.js";
import { FakeWorld } from "../fake-world.js";
import { OWN_SPEC as SPEC } from "./own-spec.js";
import { FakeObjects } from "./fake-objects.js";

const SHOP = `apiVersion: alpine-k8s/v1
kind: Addon
metadata: { name: shop }
title: Sells things
state: maintained
parameters: { price: { type: integer, default: 1, description: what it costs } }
releases: [{ version: v1.0.0, kubernetes: "1.20-1.37", sources: [{ file: shop.txt }] }]
objects: [{ apiVersion: v1, kind: ConfigMap, metadata: { name: prices, namespace: kube-system }, data: { a: "\${values.price}" } }]
keeps: [what was sold]
`;
const TILL = SHOP.replaceAll("shop", "till").replace(", sources: [{ file: till.txt }]", "");
const DEPLOYMENT = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: coredns
  namespace: kube-system
`;

let world: FakeWorld;
let api: FakeObjects;
beforeEach(async () => {
  world = await FakeWorld.create(SPEC);
  api = new FakeObjects();
  await put({ "mine/shop.yaml": SHOP, "mine/till.yaml": TILL, "mine/shop.txt": DEPLOYMENT });
});

async function put(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(world.folder, name)), { recursive: true });
    await writeFile(join(world.folder, name), text);
  }
}

function around(changes: Partial<Tools> = {}) {
  const real = world.tools();
  const tools: Tools = {
    ...real,
    manifest: async (asked) => {
      if (asked.ref.name === "canal") return real.manifest(asked);
      const [source] = asked.entry?.releases[0]?.sources ?? [];
      const text = source !== undefined && "file" in source ? await asked.entry?.readFile?.(source) : "";
      return { text: text ?? "", source: asked.ref.name };
    },
    ...changes,
  };
  return { folder: world.folder, tools, progress: world.progress(), signal: new AbortController().signal };
}
const asking = (): ReturnType<typeof around> => around({ kube: () => Promise.resolve(api.api()) });
const read = (name: string): Promise<string> => readFile(join(world.folder, name), "utf8");

/** What `up` refuses, having written nothing. */
async function refused(spec: string, changes: Partial<Tools> = {}): Promise<AlpineK8sError> {
  await put({ "alpine-k8s.yaml": spec });
  const before = await treeOf(world.folder);
  const error = await failureOf(() => up({ ...around(changes), overrides: {} }));
  expect(await treeOf(world.folder)).toEqual(before);
  return error;
}

describe("up with a catalogue of one's own", () => {
  it("applies its add-ons, and a second one reads them again and applies nothing", async () => {
    await up({ ...around(), overrides: {} });
    const applied = (): readonly string[] => world.transcript.filter((line) => /^Apply add-ons .*APPLY/.test(line));
    expect(applied().join("\n")).toContain("prices");
    expect(await read(".alpine-k8s/manifests/addons.yaml")).toContain("name: prices");
    world.transcript.splice(0);
    await up({ ...around(), overrides: {} });
    expect(applied()).toEqual([]);
  });

  it.each([
    ["an unknown name", "addons: [canal, shpo]", "spec.addons[1]: no add-on is called shpo; there is: canal"],
    [
      "a name like another one",
      "addons: [canal, shopp]",
      "spec.addons[1]: no add-on is called shopp; did you mean shop?",
    ],
    [
      "a version that is not there",
      "addons: [canal, { name: shop, version: v9 }]",
      "spec.addons[1].version: the catalogue has no shop v9; it has v1.0.0",
    ],
    [
      "a value of a wrong type",
      "addons: [canal, { name: metrics-server, values: { resolution: 5 } }]",
      "spec.addons[1].values: values of the add-on metrics-server: resolution: must be one line of text",
    ],
    ["two networks", "addons: [canal, flannel]", "a cluster has one pod network, and canal is there"],
    ["no folder", "catalogues: [{ folder: nowhere }]", "the catalogue nowhere cannot be read:"],
  ])("refuses %s before anything is written", async (_name, line, what) => {
    const key = line.split(":")[0] ?? "";
    const error = await refused(SPEC.replace(new RegExp(`  ${key}: .*`), `  ${line}`));
    expect([error.kind, error.message]).toEqual(["usage", expect.stringContaining(what)]);
  });

  it("takes one from a URL once a run, and a plan stores nothing", async () => {
    const spec = SPEC.replace("{ folder: mine }", `{ url: "https://example.com/x.yaml", sha256: ${"a".repeat(64)} }`);
    await put({ "alpine-k8s.yaml": spec.replace("shop]", "till]") });
    const asked: (boolean | undefined)[] = [];
    const catalogueFile: Tools["catalogueFile"] = ({ isOnlyRead, offline }) => {
      asked.push(isOnlyRead);
      expect(offline).toBeUndefined();
      return Promise.resolve(Buffer.from(TILL));
    };
    await planUp({ ...around({ catalogueFile }), overrides: {} });
    expect(asked).toEqual([true, true]);
    await up({ ...around({ catalogueFile }), overrides: {} });
    expect(asked.slice(2).every((one) => one === undefined)).toBe(true);
    expect(await read(".alpine-k8s/manifests/addons.yaml")).toContain("name: prices");
  });

  it("refuses a URL without its sum, and what names neither or both", async () => {
    const withRef = (ref: string): Promise<AlpineK8sError> => refused(SPEC.replace("{ folder: mine }", ref));
    expect((await withRef("{ url: 'https://example.com/x' }")).message).toContain(
      "alpine-k8s.yaml:8:16: spec.catalogues[0]: a catalogue from a URL needs its sha256",
    );
    expect((await withRef("{}")).message).toContain("needs exactly one of folder and url");
    expect((await withRef("{ folder: '' }")).message).toContain("spec.catalogues[0].folder: is empty");
    expect((await withRef("{ folder: mine }, { folder: mine }")).message).toContain("is named twice");
  });

  it("render checks them, too", async () => {
    await put({ "alpine-k8s.yaml": SPEC.replace("shop]", "shpo]") });
    await expect(renderCluster({ ...around(), overrides: {}, force: false })).rejects.toThrow(
      "no add-on is called shpo",
    );
    await put({ "alpine-k8s.yaml": SPEC });
    await renderCluster({ ...around(), overrides: {}, force: false });
    expect(await read(".alpine-k8s/manifests/addons.yaml")).toContain("name: prices");
  });
});

describe("config validate", () => {
  const validate = () =>
    validateConfig({
      ...{ folder: world.folder, file: undefined, signal: new AbortController().signal },
      tools: () => Promise.reject(new Error("nothing is to be downloaded")),
    });

  it("tells what the catalogue does not have, with its place", async () => {
    expect((await validate()).valid).toBe(true);
    await put({ "alpine-k8s.yaml": SPEC.replace("shop]", "{ name: shop, values: { price: x } }]") });
    expect((await validate()).problems).toEqual([
      {
        ...{ line: 9, column: 67, key: "spec.addons[1].values" },
        message: "values of the add-on shop: price: must be a whole number",
      },
    ]);
    await put({ "mine/shop.yaml": "x: 1\n" });
    const { problems, valid } = await validate();
    expect([valid, problems[0]?.key]).toEqual([false, "spec.catalogues"]);
    expect(problems[0]?.message).toContain("mine/shop.yaml is no entry of a catalogue:");
  });
});

describe("addons commands", () => {
  it("list says where each is from; enable and disable work as for delivered ones", async () => {
    await up({ ...around(), overrides: {} });
    const listed = await listAddons(asking());
    expect(listed.addons.find(({ name }) => name === "till")).toMatchObject({ from: "mine/till.yaml", enabled: false });
    expect(addonsListText(listed)).toMatch(/^NAME +FROM +STATE .*\ncanal +- +maintained /m);
    const limits = { forceConflicts: false, timeout: 5_000 };
    const wish = { name: "till", set: ["price=3"] };
    const done = await enableAddon({ ...asking(), ...limits, name: "till", wish });
    expect(done).toMatchObject({ version: "v1.0.0", spec: "changed", ready: true });
    expect(await read("alpine-k8s.yaml")).toContain("network.yaml }, shop, { name: till, values: { price: 3 } }]");
    expect(api.objects.get("/api/v1/namespaces/kube-system/configmaps/prices")).toMatchObject({ data: { a: 3 } });
    const off = { withData: false, timeout: 5_000, confirm: () => Promise.resolve(true) };
    expect(await disableAddon({ ...asking(), name: "till", ...off })).toMatchObject({ stays: ["what was sold"] });
    await expect(
      enableAddon({ ...asking(), ...limits, name: "tyll", wish: { name: "tyll", set: [] } }),
    ).rejects.toThrow("no add-on is called tyll; did you mean till?");
  });
});

it("the example's catalogue has what its spec names, and passes the audit", async () => {
  const examples = join(import.meta.dirname, "../../../examples");
  const text = await readFile(join(examples, "own-catalogue.yaml"), "utf8");
  const spec = parseSpec({ text, source: "own-catalogue.yaml", folderName: "x", overrides: {} });
  const fetch = (): Promise<Buffer> => Promise.reject(new Error("nothing is to be fetched"));
  const catalogue = await readCatalogue({ folder: examples, catalogues: spec.catalogues, fetch });
  expect(spec.addons.map(({ name }) => catalogue.placeOf(name))).toContain("my-addons/hello.yaml");
  expect(problemsWith(spec, catalogue)).toEqual([]);
  const { code, lines } = await auditAddons(["--catalogue", "my-addons"], examples);
  expect([code, lines.at(-1)]).toEqual([0, "54 checks passed, 0 failed, 18 skipped"]);
});
