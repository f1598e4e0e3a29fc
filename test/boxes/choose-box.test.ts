import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { catalogueJson, type CatalogueVersion } from "../../src/boxes/catalogue-file.js";
import { compareVersions } from "../../src/boxes/fit/box-versions.js";
import { catalogueIn } from "../../src/boxes/fit/read-catalogue.js";
import type { VagrantProviderName } from "../../src/model/spec/cluster-spec.js";
import { parseSpec } from "../../src/model/spec/parse-spec.js";
import { chooseBox, newestKept, oddBox, type ChosenBox } from "../../src/operations/box/choose-box.js";
import { fakeComputer } from "../fakes/fake-computer.js";
import { serve, serveProxy } from "../kubectl/server.js";

const NAME = "alpine-3.24-containerd-kubernetes-v1.36.1";
const GOOD = { kubernetes: "v1.36.1", runtime: "containerd", alpine: "3.24" };
const FOUND = { box: NAME, kubernetesVersion: "v1.36.1" };

interface Kept {
  readonly name?: string;
  readonly version?: string;
  readonly provider?: string;
  readonly architecture?: string;
  readonly about?: unknown;
}

function computerWith(kept: readonly Kept[]) {
  const files = kept.map(
    ({ name = NAME, version = "20261130.5.0", provider = "libvirt", architecture = "amd64", about = GOOD }) =>
      [
        `/home/user/.vagrant.d/boxes/${name.replaceAll("/", "-VAGRANTSLASH-")}/${version}/${provider}/metadata.json`,
        JSON.stringify({ provider, architecture, "alpine-k8s": about }),
      ] as const,
  );
  return fakeComputer({ files: Object.fromEntries(files) });
}

function chosen(
  kept: readonly Kept[],
  vagrant: object = {},
  {
    provider = "libvirt",
    folder = "/",
    version,
    proxy = {},
  }: Partial<Record<"folder" | "version", string>> & {
    readonly provider?: VagrantProviderName;
    readonly proxy?: object;
  } = {},
): Promise<ChosenBox | undefined> {
  const kubernetes = version === undefined ? {} : { version };
  const text = JSON.stringify({ spec: { vagrant, kubernetes, proxy } });
  const spec = parseSpec({ text, source: "alpine-k8s.yaml", folderName: "demo", overrides: {} });
  const signal = new AbortController().signal;
  return chooseBox({ computer: computerWith(kept), folder, spec, provider, proxyCa: undefined, signal });
}

describe("the box of a spec that names none", () => {
  it.each<[string, readonly Kept[], ChosenBox | undefined]>([
    ["the default one, when its metadata fit", [{}], FOUND],
    ["one of any name that fits", [{ name: "ours/kube" }], { ...FOUND, box: "ours/kube" }],
    [
      "the newest build of several",
      [{ name: "ours/a" }, { name: "ours/b", version: "20261130.1215.0" }, { name: "ours/c", version: "20261129.9.0" }],
      { ...FOUND, box: "ours/b" },
    ],
    ["the default one, also when another was built later", [{ name: "a", version: "20261231.1.0" }, {}], FOUND],
    ["none whose metadata say nothing, whatever its name", [{ about: null }], undefined],
    ["none with another Kubernetes", [{ name: "a", about: { ...GOOD, kubernetes: "v1.36.2" } }], undefined],
    ["none with another runtime", [{ name: "a", about: { ...GOOD, runtime: "crio" } }], undefined],
    ["none that does not tell its runtime", [{ name: "a", about: { kubernetes: "v1.36.1" } }], undefined],
    ["none of another provider", [{ name: "a", provider: "virtualbox" }], undefined],
    ["none for another processor", [{ name: "a", architecture: "arm64" }], undefined],
    [
      "none whose name says something else than its metadata",
      [{ name: "alpine-3.23-containerd-kubernetes-v1.35.2" }],
      undefined,
    ],
    [
      "none whose newest build, of which Vagrant makes machines, has something else",
      [{ name: "a" }, { name: "a", version: "20261201.1.0", about: { ...GOOD, kubernetes: "v1.36.2" } }],
      undefined,
    ],
  ])("is %s", async (_, kept, wanted) => expect(await chosen(kept)).toEqual(wanted));

  it("has the Kubernetes of the spec in it", async () => {
    const other = { name: "a", about: { ...GOOD, kubernetes: "v1.35.2" } };
    expect(await chosen([{}, other], {}, { version: "v1.35.2" })).toEqual({ box: "a", kubernetesVersion: "v1.35.2" });
  });

  it("is not looked for when the spec names one, or a place to get it from", async () => {
    expect(await chosen([{}], { box: "generic/alpine319" })).toBeUndefined();
    expect(await chosen([{}], { boxUrl: "https://boxes.example.com/a.json" })).toBeUndefined();
  });
});

const BOX = { provider: "libvirt", url: "https://b/1.box", sha256: "a".repeat(64) } as const;
const version = (more: Partial<CatalogueVersion> = {}): CatalogueVersion => ({
  ...{ version: "20261130.5.0", architecture: "x86_64", about: GOOD },
  boxes: [BOX],
  ...more,
});

async function withCatalogue(text: string, kept: readonly Kept[] = []): Promise<ChosenBox | undefined> {
  const folder = await mkdtemp(join(tmpdir(), "alpine-k8s-catalogue-"));
  await writeFile(join(folder, "boxes.json"), text);
  return chosen(kept, { boxCatalog: "boxes.json" }, { folder });
}

describe("a catalogue in the spec", () => {
  const own = "ours/kube";

  it("gives the box when Vagrant has none that fits, and only then", async () => {
    const text = catalogueJson(own, "Alpine", [version()]);
    expect(await withCatalogue(text)).toEqual({ ...FOUND, box: own, boxCatalog: "boxes.json" });
    expect(await withCatalogue(text, [{}])).toEqual(FOUND);
    // Not even asked for.
    expect(await withCatalogue("no catalogue", [{}])).toEqual(FOUND);
  });

  it.each<[string, readonly CatalogueVersion[]]>([
    ["another Kubernetes", [version({ about: { ...GOOD, kubernetes: "v1.35.2" } })]],
    ["another processor", [version({ architecture: "aarch64" })]],
    ["no word of what is in it", [{ version: "1.0.0", architecture: "x86_64", boxes: version().boxes }]],
    [
      "another Kubernetes in its newest build",
      [version(), version({ version: "20261201.1.0", about: { ...GOOD, kubernetes: "v1.36.2" } })],
    ],
    ["no sum", [version({ boxes: [{ ...BOX, sha256: "" }] })]],
    ["nothing for this provider", [version({ boxes: [{ ...BOX, provider: "virtualbox" }] })]],
    ["nothing", []],
  ])("with %s gives none", async (_, versions) => {
    expect(await withCatalogue(catalogueJson(own, "Alpine", versions))).toBeUndefined();
  });

  it("whose box has a name that Vagrant has something else of is refused, with both ways", async () => {
    const text = catalogueJson(own, "Alpine", [version()]);
    await expect(withCatalogue(text, [{ name: own, about: null }])).rejects.toMatchObject({
      kind: "prerequisite",
      message:
        "the box ours/kube of boxes.json fits, but Vagrant has another of that name, version 20261130.5.0, whose " +
        "metadata do not say what is in it, and would take that",
      hints: [
        "vagrant box remove 'ours/kube' --provider libvirt --all",
        "or take the one that is here: spec.vagrant.box: ours/kube",
      ],
    });
  });

  it("that is not there, is none, or names no box that Vagrant takes is told", async () => {
    await expect(chosen([], { boxCatalog: "gone.json" })).rejects.toMatchObject({
      ...{ kind: "usage", message: "the catalogue gone.json cannot be read: it is not there" },
      hints: ["correct spec.vagrant.boxCatalog in alpine-k8s.yaml; a path is taken from the cluster folder"],
    });
    await expect(withCatalogue("<html>")).rejects.toMatchObject({
      ...{ kind: "node", message: "boxes.json is no catalogue of boxes: it has no name and no versions" },
    });
    const odd = catalogueJson('x"\n; rm', "Alpine", [version()]);
    await expect(withCatalogue(odd)).rejects.toMatchObject({
      kind: "node",
      message: expect.stringContaining("the catalogue's box") as string,
    });
  });

  it("comes from a server, by the spec's proxy", async () => {
    const site = await serve({ "/boxes.json": catalogueJson(own, "Alpine", [version()]) });
    const proxy = await serveProxy();
    const boxCatalog = `${site.url}/boxes.json`;
    const found = await chosen([], { boxCatalog }, { proxy: { http: proxy.url } });
    expect(found).toEqual({ ...FOUND, box: own, boxCatalog });
    expect(proxy.seen).toEqual([`GET ${boxCatalog}`]);
  });

  it("that its server does not have is told with the ways out", async () => {
    const site = await serve({});
    await expect(chosen([], { boxCatalog: `${site.url}/gone.json` })).rejects.toMatchObject({
      kind: "node",
      hints: expect.arrayContaining([
        "correct spec.vagrant.boxCatalog, or take it out: up builds the box then",
      ]) as string[],
    });
  });
});

describe("a catalogue's text", () => {
  it.each(["", "[]", "{", "5", '{"name": "a"}', '{"name": 5, "versions": []}', '{"name": "a", "versions": {}}'])(
    "that is none is undefined: %s",
    (text) => expect(catalogueIn(text)).toBeUndefined(),
  );

  it("is cleaned, cut and read as far as it makes sense", () => {
    const long = "v".repeat(500);
    const entries = [null, 5, { version: 1 }, { version: "1", providers: 5 }, { version: "2", providers: [null, {}] }];
    const good = { version: "3\u001b[2J", providers: [{ name: "libvirt" }], "alpine-k8s": { kubernetes: long } };
    const found = catalogueIn(JSON.stringify({ name: "a\u0007", versions: [...entries, good] }));
    expect(found?.name).toBe("a");
    expect(found?.boxes).toEqual([
      {
        ...{ version: "3[2J", provider: "libvirt", architecture: undefined, hasSum: false },
        facts: { kubernetes: "v".repeat(60), runtime: undefined, alpine: undefined },
      },
    ]);
  });
});

describe("versions", () => {
  it.each([
    ["20261130.5.0", "20261130.1215.0"],
    ["0", "20261130.5.0"],
    ["1.2", "1.2.1"],
    ["nonsense", "1"],
  ])("%s is before %s", (one, other) => {
    expect(compareVersions(one, other)).toBeLessThan(0);
    expect(compareVersions(other, one)).toBeGreaterThan(0);
    expect(compareVersions(one, one)).toBe(0);
  });
});

describe("a box that is to be used", () => {
  const words = async (about: unknown): Promise<string | undefined> => {
    const [kept] = await newestKept(computerWith([{ about }]), "libvirt");
    return kept === undefined ? "none" : oddBox(kept, "v1.36.1")?.words;
  };

  it("is odd when its metadata say something else than its name or the cluster's version", async () => {
    expect(await words(GOOD)).toBeUndefined();
    expect(await words(null)).toBeUndefined();
    expect(await words({ ...GOOD, kubernetes: "v1.35.0" })).toBe(
      `by its metadata, the box ${NAME}, version 20261130.5.0, that Vagrant has is one of Kubernetes v1.35.0 with ` +
        "containerd on Alpine 3.24: not what its name says",
    );
  });
});
