import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { auditAddons, type Audited } from "../../../src/addons/audit/audit.js";
import { delivered } from "../../../src/addons/catalogue/delivered.js";
import type { CatalogueEntry } from "../../../src/addons/catalogue/entry.js";

const fixture = (name: string): string => readFileSync(new URL(`../fixtures/${name}.yaml`, import.meta.url), "utf8");

/** The newest release of an entry for Kubernetes 1.36 alone, with the sum of a text in place of upstream's. */
function entryFor(name: string, text: string): CatalogueEntry {
  const { releases, ...entry } = delivered(name);
  const sha256 = createHash("sha256").update(text).digest("hex");
  const [newest] = releases;
  if (newest === undefined) throw new Error(`${name} has no release`);
  const url = "https://example.com/upstream.yaml";
  return { ...entry, releases: [{ ...newest, minors: [36, 36], sources: [{ url, sha256 }] }] };
}

interface Given {
  readonly entry?: CatalogueEntry;
  /** What is fetched in place of the fixture. */
  readonly fetched?: string;
  readonly schemas?: Readonly<Record<string, unknown>>;
}

/** Audits an add-on of which the fixture was fetched. */
async function audit(name: string, { entry, fetched, schemas }: Given = {}): Promise<Audited> {
  const folder = mkdtempSync(join(tmpdir(), "alpine-k8s-audit-"));
  const text = fixture(name);
  const used = entry ?? entryFor(name, text);
  writeFileSync(join(folder, `${name}-${used.releases[0]?.version ?? ""}-1.yaml`), fetched ?? text);
  const given = join(folder, "schemas/v1.36.1-standalone-strict");
  mkdirSync(given, { recursive: true });
  for (const [file, schema] of Object.entries(schemas ?? {})) writeFileSync(join(given, file), JSON.stringify(schema));
  const words = ["--dir", ".", ...(schemas === undefined ? [] : ["--schemas", "schemas"])];
  try {
    return await auditAddons(words, folder, () => [used]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const noSchemas = (what: string): string =>
  `skipped: ${what} on Kubernetes 1.36: no schemas of Kubernetes 1.36 are given`;

it.each(["flannel", "metrics-server", "headlamp", "kubernetes-dashboard", "heapster"])(
  "a manifest of the shape that the entry was written for passes, but for schemas that are not there: %s",
  async (name) => {
    const what = `${name} ${delivered(name).releases[0]?.version ?? ""}`;
    expect(await audit(name)).toEqual({ code: 0, lines: [noSchemas(what), "4 checks passed, 0 failed, 1 skipped"] });
  },
);

it("another sum fails, and so does an object that is not there", async () => {
  const { code, lines } = await audit("headlamp", {
    fetched: fixture("headlamp").replace("name: headlamp-admin", "name: x"),
  });
  expect(code).toBe(1);
  expect(lines[0]).toMatch(/^failed: headlamp-v0\.45\.0-1\.yaml: its SHA-256 is [0-9a-f]{64}, the catalogue says /);
  expect(lines[1]).toContain("the manifest of headlamp v0.45.0 has no Secret headlamp-admin exactly once");
  expect(lines.at(-1)).toBe("0 checks passed, 2 failed, 0 skipped");
});

it("images that the catalogue does not list fail, and those that it lists in vain", async () => {
  const entry = entryFor("flannel", fixture("flannel"));
  const releases = entry.releases.map((one) => ({ ...one, images: ["example.com/other:v1", ...one.images.slice(1)] }));
  const { code, lines } = await audit("flannel", { entry: { ...entry, releases } });
  expect(code).toBe(1);
  expect(lines.slice(0, 2)).toEqual([
    "failed: flannel v0.28.9 on Kubernetes 1.36: it runs ghcr.io/flannel-io/flannel:v0.28.9, which the catalogue does not list",
    "failed: flannel v0.28.9 on Kubernetes 1.36: the catalogue lists example.com/other:v1, which it does not run",
  ]);
});

it("privileges that the entry does not announce fail", async () => {
  const entry = { ...entryFor("flannel", fixture("flannel")), privileges: ["hostNetwork"] as const };
  expect((await audit("flannel", { entry })).lines.slice(0, 2)).toEqual([
    "failed: flannel v0.28.9 on Kubernetes 1.36: its pods have capabilities, which the catalogue does not announce",
    "failed: flannel v0.28.9 on Kubernetes 1.36: its pods have hostPath, which the catalogue does not announce",
  ]);
});

it("a manifest that is not there is skipped by name, and never passes", async () => {
  const folder = mkdtempSync(join(tmpdir(), "alpine-k8s-audit-"));
  expect(await auditAddons(["--dir", folder], "/", () => [entryFor("headlamp", "")])).toEqual({
    code: 0,
    lines: ["skipped: headlamp v0.45.0: headlamp-v0.45.0-1.yaml is not there", "0 checks passed, 0 failed, 1 skipped"],
  });
  rmSync(folder, { recursive: true });
});

it("objects are checked by the schemas that are given; those without one are skipped", async () => {
  const service = { type: "object", required: ["spec"], properties: { spec: { type: "object" } } };
  const deployment = {
    type: "object",
    additionalProperties: false,
    properties: { apiVersion: { type: "string" }, kind: { enum: ["Deployment"] }, metadata: { type: "object" } },
  };
  const { code, lines } = await audit("headlamp", {
    schemas: { "service-v1.json": service, "deployment-apps-v1.json": deployment },
  });
  expect([code, ...lines]).toEqual([
    1,
    "failed: headlamp v0.45.0 on Kubernetes 1.36: Deployment kube-system/headlamp is not as Kubernetes 1.36 has it: it.spec is not known",
    "5 checks passed, 1 failed, 0 skipped",
  ]);
  expect((await audit("headlamp", { schemas: { "service-v1.json": service } })).lines).toEqual([
    "skipped: headlamp v0.45.0 on Kubernetes 1.36: Deployment kube-system/headlamp: there is no schema deployment-apps-v1.json",
    "5 checks passed, 0 failed, 1 skipped",
  ]);
});

it.each([
  [
    [],
    "the folder with the manifests is missing; use it so: npm run audit:addons -- [--dir FOLDER] [--catalogue FOLDER] [--schemas FOLDER]",
  ],
  [["--dir", "/nowhere"], "/nowhere is no folder"],
  [["--folder", "x"], "Unknown option '--folder'"],
])("words that say no folder are refused: %j", async (words, error) => {
  const audited = await auditAddons(words, "/", () => []);
  expect([audited.code, audited.lines]).toEqual([2, []]);
  expect(audited.error).toContain(error);
});
