import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { beforeEach, describe, expect, it } from "vitest";
import { parseManifest } from "../../../src/addons/manifest.js";
import { entriesInFolder } from "../../../src/addons/catalogue/read-catalogue.js";
import { addonCreatedText } from "../../../src/cli/text/addons.js";
import { createAddon, planCreate, type CreateInput } from "../../../src/operations/addons/create.js";
import { failureOf } from "../../addons/failure.js";
import { differences, documented } from "../../commands/documented.js";
import { treeOf } from "../../stories/support/tree.js";
import { FakeWorld } from "../fake-world.js";
import { OWN_SPEC as SPEC } from "./own-spec.js";

const SHOP = `apiVersion: alpine-k8s/v1
kind: Addon
metadata: { name: shop }
title: Sells things
state: maintained
releases: [{ version: v1.0.0, kubernetes: "1.20-1.37" }]
objects: [{ apiVersion: v1, kind: ConfigMap, metadata: { name: prices, namespace: kube-system } }]
`;

let world: FakeWorld;
beforeEach(async () => {
  world = await FakeWorld.create(SPEC);
  await put({ "mine/shop.yaml": SHOP });
});

async function put(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(world.folder, name)), { recursive: true });
    await writeFile(join(world.folder, name), text);
  }
}
const read = (name: string): Promise<string> => readFile(join(world.folder, name), "utf8");

const POD = (more: string): string => `apiVersion: v1
kind: Pod
metadata: { name: try, annotations: { "helm.sh/hook": ${more} } }
spec: { containers: [{ name: try, image: "example.com/try:1" }] }
`;

describe("addons create", () => {
  const creating = (more: Partial<CreateInput> = {}): CreateInput => ({
    ...{ folder: world.folder, signal: new AbortController().signal, name: "web" },
    ...{ from: [join(world.folder, "web.yaml")], title: undefined, version: undefined, namespace: undefined },
    ...{ catalogue: join(world.folder, "mine"), stdin: () => Readable.from([]) },
    ...more,
  });
  const MANIFEST = `apiVersion: apps/v1
kind: DaemonSet
metadata: { name: web, namespace: kube-system, labels: { app.kubernetes.io/version: 2.1.0 } }
spec:
  template:
    spec:
      hostNetwork: true
      containers: [{ name: web, image: "example.com/web:2.1.0" }]
`;
  beforeEach(() => put({ "web.yaml": MANIFEST }));

  it("makes an entry that its catalogue takes, and given again has nothing to do", async () => {
    const made = await createAddon(creating({ title: "Shows things" }));
    expect(made).toEqual({
      ...{ addon: "web", version: "2.1.0", files: ["mine/web/1.yaml", "mine/web.yaml"], catalogue: "mine" },
      ...{
        images: ["example.com/web:2.1.0"],
        privileges: ["hostNetwork"],
        leftOut: [],
        spec: "unchanged",
        warnings: [],
      },
    });
    expect(differences({ ...made }, documented("`addons create -o json`"))).toEqual([]);
    expect(await read("mine/web/1.yaml")).toBe(MANIFEST);
    const [, web] = await entriesInFolder(world.folder, "mine");
    expect(web?.entry).toMatchObject({ name: "web", title: "Shows things", privileges: ["hostNetwork"] });
    const before = await treeOf(world.folder);
    expect(await createAddon(creating({ title: "Shows things" }))).toEqual(made);
    expect(await treeOf(world.folder)).toEqual(before);
    expect(addonCreatedText(made)).toContain("Next:\n  alpine-k8s addons enable web");
  });

  it("names a new catalogue in the spec, with comments kept", async () => {
    const made = await createAddon(creating({ catalogue: join(world.folder, "addons") }));
    expect(made.spec).toBe("changed");
    expect(await read("alpine-k8s.yaml")).toBe(
      SPEC.replace("[{ folder: mine }]", "[{ folder: mine }, { folder: addons }]"),
    );
  });

  it("says beforehand what it would write, and writes nothing", async () => {
    const before = await treeOf(world.folder);
    const plan = await planCreate(creating({ catalogue: join(world.folder, "addons") }));
    expect(plan.steps.flatMap(({ items }) => items.map(({ text }) => text))).toEqual([
      "write addons/web/1.yaml",
      "write addons/web.yaml",
      "name addons in spec.catalogues of alpine-k8s.yaml",
    ]);
    expect(await treeOf(world.folder)).toEqual(before);
  });

  it("takes what helm template prints, without its tests; other hooks and Secrets are told", async () => {
    const secret = "apiVersion: v1\nkind: Secret\nmetadata: { name: key }\nstringData: { a: geheim }\n";
    const text = [POD("test-success"), POD("pre-delete"), POD("pre-install"), secret].join("---\n");
    const made = await createAddon(creating({ from: ["-"], stdin: () => Readable.from([Buffer.from(text)]) }));
    expect(made.leftOut).toEqual(["Pod try: a test of Helm's", "Pod try: a hook of Helm's for pre-delete"]);
    expect(made.warnings).toEqual([
      "Pod try is a hook of Helm's for pre-install; here it is applied like all else, and not at that moment",
      "without a namespace, and so in default: Pod try, Secret key; for another one: --namespace NAME",
      "Secret key lies readable in the catalogue: keep the folder to yourself",
      "it has no workload: it counts as ready as soon as it is applied",
    ]);
    expect(await read("mine/web/1.yaml")).toBe(`---\n${POD("pre-install")}---\n${secret}`);
    expect(JSON.stringify(made)).not.toContain("geheim");
  });

  it("puts what Helm leaves without a namespace into one, and makes that", async () => {
    const file = new URL("../../addons/fixtures/helm-template.yaml", import.meta.url).pathname;
    const made = await createAddon(creating({ from: [file], namespace: "store" }));
    expect(made).toMatchObject({
      ...{ version: "1.16.0", images: ["nginx:1.16.0"], warnings: [] },
      leftOut: ["Pod shop-test-connection: a test of Helm's"],
    });
    const text = await read("mine/web/1.yaml");
    const objects = parseManifest(text, "1.yaml").map(({ kind, metadata }) => [
      kind,
      metadata.name,
      metadata.namespace,
    ]);
    expect(objects).toEqual([
      ["Namespace", "store", undefined],
      ["CustomResourceDefinition", "things.shop.example.com", undefined],
      ["ServiceAccount", "shop", "store"],
      ["Service", "shop", "store"],
      ["Deployment", "shop", "store"],
      ["Thing", "first", "store"],
    ]);
    const [, web] = await entriesInFolder(world.folder, "mine");
    expect(web?.entry.name).toBe("web");
    const before = await treeOf(world.folder);
    await createAddon(creating({ from: [file], namespace: "store" }));
    expect(await treeOf(world.folder)).toEqual(before);
  });

  it("without --namespace leaves it byte for byte, and tells where it goes", async () => {
    const file = new URL("../../addons/fixtures/helm-template.yaml", import.meta.url).pathname;
    expect((await createAddon(creating({ from: [file] }))).warnings).toEqual([
      "without a namespace, and so in default: ServiceAccount shop, Service shop, Deployment shop and 1 more; for another one: --namespace NAME",
    ]);
    const [helms] = (await readFile(file, "utf8")).split("---\n# Source: shop/templates/tests");
    expect(await read("mine/web/1.yaml")).toBe(helms);
  });

  it("into a namespace of the cluster's, or of the manifest's, makes none, and leaves kinds that it does not know", async () => {
    const list = `apiVersion: v1
kind: List
items:
  - { apiVersion: v1, kind: Namespace, metadata: { name: store } }
  - { apiVersion: v1, kind: ConfigMap, metadata: { name: a } }
  - { apiVersion: v1, kind: ConfigMap, metadata: { name: b, namespace: other } }
---
apiVersion: elsewhere.example.com/v1
kind: Other
metadata: { name: c }
`;
    await put({ "web.yaml": list });
    const made = await createAddon(creating({ namespace: "store" }));
    expect(made.warnings[0]).toBe(
      "Other c: whether such an object is in a namespace is not known; it is left without one",
    );
    const places = (text: string) => parseManifest(text, "x").map(({ metadata }) => metadata.namespace);
    expect(places(await read("mine/web/1.yaml"))).toEqual([undefined, "store", "other", undefined]);
    await createAddon(creating({ name: "system", namespace: "kube-system" }));
    expect(places(await read("mine/system/1.yaml"))).toEqual([undefined, "kube-system", "other", undefined]);
  });

  it.each<[string, Partial<CreateInput>, string]>([
    ["a namespace that cannot be", { namespace: "No_1" }, 'the namespace "No_1" is not a DNS name'],
    ["an entry that is there", { name: "shop" }, "mine/shop.yaml is there already, with another content"],
    ["no manifest", { from: ["/nowhere/x.yaml"] }, "cannot read the manifest /nowhere/x.yaml: it is not there"],
    ["nothing on standard input", { from: ["-"] }, "standard input: document 1 is not a Kubernetes manifest"],
    ["a name that cannot be", { name: "Web_1" }, 'the name "Web_1" is not a DNS name'],
    ["a version that cannot be", { version: "a b" }, 'the version "a b" is not a version'],
  ])("refuses %s, and writes nothing", async (_name, more, what) => {
    const before = await treeOf(world.folder);
    const error = await failureOf(() => createAddon(creating(more)));
    expect([error.kind, error.message]).toEqual(["usage", expect.stringContaining(what)]);
    expect(await treeOf(world.folder)).toEqual(before);
  });

  it("refuses the cluster folder as a catalogue, and only tests of Helm's", async () => {
    expect((await failureOf(() => createAddon(creating({ catalogue: world.folder })))).message).toContain(
      "the cluster folder itself is no catalogue",
    );
    await put({ "web.yaml": POD("test") });
    expect((await failureOf(() => createAddon(creating()))).message).toContain("there is no object in it");
  });

  it("leaves a spec that cannot be read, and writes nothing", async () => {
    await put({ "alpine-k8s.yaml": `${SPEC}  nonsense: 1\n` });
    const before = await treeOf(world.folder);
    expect((await failureOf(() => createAddon(creating({ catalogue: join(world.folder, "new") })))).kind).toBe("usage");
    expect(await treeOf(world.folder)).toEqual(before);
  });
});
