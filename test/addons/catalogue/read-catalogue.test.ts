import { createHash } from "node:crypto";
import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { pack, type Header } from "tar-stream";
import { beforeEach, describe, expect, it } from "vitest";
import { addonManifest } from "../../../src/addons/addon-manifest.js";
import { auditAddons } from "../../../src/addons/audit/audit.js";
import { DELIVERED, type Catalogue } from "../../../src/addons/catalogue/catalogue.js";
import { readCatalogue } from "../../../src/addons/catalogue/read-catalogue.js";
import { checkWithCatalogue, problemsWith } from "../../../src/addons/check-spec.js";
import type { AlpineK8sError } from "../../../src/base/errors.js";
import type { AddonRef, CatalogueRef } from "../../../src/model/spec/cluster-spec.js";
import { failureOf } from "../failure.js";

const MANIFEST = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: prices\n  namespace: shop\n";
const SUM = createHash("sha256").update(MANIFEST).digest("hex");

function entry(name: string, more = "", source = ""): string {
  const sources = source === "" ? "" : `, sources: [${source}]`;
  return `apiVersion: alpine-k8s/v1
kind: Addon
metadata: { name: ${name} }
title: The ${name} of these tests
state: maintained
releases: [{ version: v1.0.0, kubernetes: "1.20-1.37"${sources} }]
${more}`;
}

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "alpine-k8s-catalogues-"));
});

async function put(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
}

const URL_OF = { url: "https://erin:s3cret@example.com/catalogue.tar.gz", sha256: "0".repeat(64) };

function read(catalogues: readonly CatalogueRef[], bytes?: Buffer): Promise<Catalogue> {
  const fetch = (): Promise<Buffer> =>
    bytes === undefined ? Promise.reject(new Error("nothing is to be fetched")) : Promise.resolve(bytes);
  return readCatalogue({ folder, catalogues, fetch });
}
const refusal = (catalogues: readonly CatalogueRef[], bytes?: Buffer): Promise<AlpineK8sError> =>
  failureOf(() => read(catalogues, bytes));

type Packed = Readonly<Record<string, string | Partial<Header>>>;

async function tar(files: Packed): Promise<Buffer> {
  const archive = pack();
  for (const [name, file] of Object.entries(files)) {
    if (typeof file === "string") archive.entry({ name }, file);
    else archive.entry({ name, ...file });
  }
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** The text of an add-on's manifest, without a network. */
async function manifestOf(catalogue: Catalogue, ref: AddonRef): Promise<string> {
  const asked = { ref, entry: catalogue.find(ref.name), kubernetesVersion: "v1.36.1", folder, offline: true };
  const { signal } = new AbortController();
  return (await addonManifest({ ...asked, cacheFolder: join(folder, "cache"), env: {}, signal })).text;
}

const MINE = [{ folder: "mine" }];

describe("a folder as a catalogue", () => {
  it("is not read when the spec names none", async () => {
    expect(await read([])).toBe(DELIVERED);
  });

  it("brings its add-ons behind the delivered ones, with manifests beside them", async () => {
    await put({
      "mine/shop.yaml": entry("shop", "", "{file: shop/1.yaml}"),
      "mine/shop/1.yaml": MANIFEST,
      "mine/README": "x",
    });
    const catalogue = await read(MINE);
    expect(catalogue.names).toEqual([...DELIVERED.names, "shop"]);
    expect([catalogue.placeOf("shop"), catalogue.placeOf("canal")]).toEqual(["mine/shop.yaml", undefined]);
    expect(await manifestOf(catalogue, { name: "shop" })).toBe(MANIFEST);
  });

  it("may have an add-on of objects alone", async () => {
    const objects = "objects: [{ apiVersion: v1, kind: Namespace, metadata: { name: shop } }]\n";
    await put({ "mine/shop.yaml": entry("shop", objects) });
    expect(await manifestOf(await read(MINE), { name: "shop" })).toBe("");
  });

  it("replaces a delivered add-on of its name, of the same role", async () => {
    await put({ "mine/headlamp.yaml": entry("headlamp") });
    const catalogue = await read(MINE);
    expect(catalogue.names).toEqual(DELIVERED.names);
    expect(catalogue.find("headlamp")?.title).toBe("The headlamp of these tests");
    await put({ "mine/canal.yaml": entry("canal") });
    expect((await refusal(MINE)).message).toBe(
      "mine/canal.yaml takes the place of the delivered canal, which is a pod network",
    );
    await put({
      "mine/canal.yaml": entry("canal", "role: network\n"),
      "mine/headlamp.yaml": entry("headlamp", "role: network\n"),
    });
    expect((await refusal(MINE)).message).toBe(
      "mine/headlamp.yaml takes the place of the delivered headlamp, which is no pod network",
    );
  });

  it("that is not there, is a file, or has no entry is refused", async () => {
    expect((await refusal(MINE)).message).toBe(
      `the catalogue mine cannot be read: ${join(folder, "mine")} is not there`,
    );
    await put({ file: "", "empty/shop.yml": entry("shop") });
    expect((await refusal([{ folder: "file" }])).message).toContain(`${join(folder, "file")} is no folder`);
    expect((await refusal([{ folder: "empty/" }])).message).toBe("the catalogue empty has no file NAME.yaml");
  });

  it("with errors in an entry is refused with line and column", async () => {
    await put({
      "mine/shop.yaml": entry("shop", "roll: network\n", "{file: ../secret, url: 'https://example.com/x'}"),
    });
    const error = await refusal(MINE);
    expect(error.kind).toBe("usage");
    expect(error.message).toContain("mine/shop.yaml is no entry of a catalogue:\n");
    expect(error.message).toContain(
      '6:73: releases[0].sources[0].file: "../secret" is not a path in the catalogue\'s folder',
    );
    expect(error.message).toContain("7:1: roll: unknown key");
  });

  it.each([
    ["{url: 'https://example.com/x', file: a}", "releases[0].sources[0]: needs exactly one of url and file"],
    ["{sha256: '{SUM}'}", "releases[0].sources[0]: needs exactly one of url and file"],
    ["{url: 'https://example.com/x'}", "releases[0].sources[0]: needs the sha256 of what the url gives"],
  ])("with the source %s is refused", async (source, what) => {
    await put({ "mine/shop.yaml": entry("shop", "", source.replace("{SUM}", SUM)) });
    expect((await refusal(MINE)).message).toContain(what);
  });

  it("whose file has another name than its entry is refused", async () => {
    await put({ "mine/shop.yaml": entry("till") });
    expect((await refusal(MINE)).message).toBe(
      "mine/shop.yaml is the entry of till, and its file is to be called till.yaml",
    );
  });

  it("refuses a manifest that is not there, or has another sum", async () => {
    await put({ "mine/shop.yaml": entry("shop", "", `{file: shop/1.yaml, sha256: "${SUM}"}`) });
    const catalogue = await read(MINE);
    const shop = (): Promise<string> => manifestOf(catalogue, { name: "shop" });
    expect((await failureOf(shop)).message).toBe("mine/shop/1.yaml is not there, and mine/shop.yaml names it");
    await put({ "mine/shop/1.yaml": "other" });
    const error = await failureOf(shop);
    expect([error.kind, error.message]).toEqual(["node", expect.stringContaining(`mine/shop.yaml says ${SUM}`)]);
    await put({ "mine/shop/1.yaml": MANIFEST });
    expect(await shop()).toBe(MANIFEST);
  });

  it("of which two have an add-on is refused with both places", async () => {
    await put({ "mine/shop.yaml": entry("shop"), "theirs/shop.yaml": entry("shop") });
    expect((await refusal([...MINE, { folder: "theirs" }])).message).toBe(
      "the add-on shop is in two catalogues: mine/shop.yaml and theirs/shop.yaml",
    );
  });

  it("is audited by what lies in it", async () => {
    await put({ "mine/shop.yaml": entry("shop", "", "{file: shop/1.yaml}"), "mine/shop/1.yaml": MANIFEST });
    const { code, lines, error } = await auditAddons(["--catalogue", "mine"], folder);
    expect([code, error, lines.at(-1)]).toEqual([0, undefined, "54 checks passed, 0 failed, 18 skipped"]);
  });
});

describe("a URL as a catalogue", () => {
  const FILES = { "shop.yaml": entry("shop", "", "{file: shop/1.yaml}"), "shop/1.yaml": MANIFEST };
  const under = (top: string): Packed =>
    Object.fromEntries(Object.entries(FILES).map(([name, text]) => [top + name, text]));

  it.each([
    ["a tar archive", (bytes: Buffer) => bytes, ""],
    ["one that gzip has packed", gzipSync, "./"],
    ["one with all in a folder", gzipSync, "catalogue-main/"],
  ])("may be %s", async (_name, packed: (bytes: Buffer) => Buffer, top) => {
    const catalogue = await read([URL_OF], packed(await tar(under(top))));
    expect(catalogue.placeOf("shop")).toBe("https://erin:***@example.com/catalogue.tar.gz: shop.yaml");
    expect(await manifestOf(catalogue, { name: "shop" })).toBe(MANIFEST);
  });

  it("may be one entry, which has no files beside it", async () => {
    const catalogue = await read([URL_OF], Buffer.from(FILES["shop.yaml"]));
    expect(catalogue.names.at(-1)).toBe("shop");
    expect((await failureOf(() => manifestOf(catalogue, { name: "shop" }))).message).toBe(
      "the entry of shop names the file shop/1.yaml, and has no folder",
    );
  });

  it.each<[string, () => Promise<Buffer>, string]>([
    ["a path out of it", () => tar({ "../shop.yaml": "" }), 'the path "../shop.yaml" leads out of it'],
    ["an absolute path", () => tar({ "/etc/shop.yaml": "" }), 'the path "/etc/shop.yaml" leads out of it'],
    ["a link", () => tar({ "shop.yaml": { type: "symlink", linkname: "/etc/passwd" } }), '"shop.yaml" is a symlink'],
    ["a hard link", () => tar({ "shop.yaml": { type: "link", linkname: "x" } }), '"shop.yaml" is a link'],
    ["a name twice", () => tar({ "shop.yaml": "", "./shop.yaml": "" }), 'it has "shop.yaml" twice'],
    [
      "too many entries",
      () => tar(Object.fromEntries(Array.from({ length: 2001 }, (_, index) => [`x${index}`, ""]))),
      "it has more than 2000 entries",
    ],
    [
      "too much in it",
      () => Promise.resolve(gzipSync(Buffer.alloc(65 << 20))),
      "it is larger than 67108864 bytes when unpacked",
    ],
    ["an end too early", async () => (await tar(FILES)).subarray(0, 700), "it is no whole archive"],
    ["no entry", () => tar({ "a/x": "", b: "" }), "has no file NAME.yaml"],
  ])("with %s is refused", async (_name, bytes, what) => {
    const error = await refusal([URL_OF], await bytes());
    expect([error.kind, error.message]).toEqual(["usage", expect.stringContaining(what)]);
    expect(error.message).toContain("the catalogue https://erin:***@example.com/catalogue.tar.gz ");
  });

  it("that gives a web page is refused as no entry", async () => {
    expect((await refusal([URL_OF], Buffer.from("<html>\n"))).message).toContain("is no entry of a catalogue");
  });
});

describe("a spec with a catalogue of its own", () => {
  const refused = async (addons: readonly AddonRef[], network: "default" | "none" = "default"): Promise<string> => {
    const catalogue = await read(MINE);
    return (await failureOf(() => checkWithCatalogue({ network, addons }, catalogue))).message;
  };

  it("may name what is in it, and nothing else", async () => {
    await put({
      "mine/shop.yaml": entry("shop", "parameters: { copies: { type: integer, default: 1, description: x } }\n"),
    });
    const catalogue = await read(MINE);
    const named = { network: "default", addons: [{ name: "canal" }, { name: "shop" }] } as const;
    expect(problemsWith(named, catalogue)).toEqual([]);
    expect(await refused([{ name: "canal" }, { name: "shopp" }])).toBe(
      "spec.addons[1]: no add-on is called shopp; did you mean shop?",
    );
    expect(await refused([{ name: "canal" }, { name: "shop", values: { copies: "two" } }])).toBe(
      "spec.addons[1].values: values of the add-on shop: copies: must be a whole number",
    );
  });

  it("has one network, wherever it is from", async () => {
    await put({ "mine/mesh.yaml": entry("mesh", "role: network\n"), "mine/shop.yaml": entry("shop") });
    await put({ "mine/web.yaml": entry("web", "role: network\n") });
    expect(await refused([{ name: "canal" }, { name: "mesh" }])).toBe(
      "spec.addons[1]: a cluster has one pod network, and canal is there; take one of the two out",
    );
    expect(await refused([{ name: "mesh" }, { name: "web" }])).toContain("and mesh is there");
    expect(await refused([{ name: "mesh" }], "none")).toContain("mesh is a pod network, and spec.network says none");
    expect(await refused([{ name: "shop" }])).toContain("names no pod network: add canal or flannel or mesh or web");
  });

  it("has what its add-ons need", async () => {
    await put({ "mine/shop.yaml": entry("shop", "needs: [till]\n"), "mine/till.yaml": entry("till") });
    expect(await refused([{ name: "canal" }, { name: "shop" }])).toBe(
      "spec.addons[1]: shop needs till: add it to spec.addons",
    );
  });
});
