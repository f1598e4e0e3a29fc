import { existsSync, readdirSync, readFileSync } from "node:fs";
import { format } from "prettier";
import { describe, expect, it } from "vitest";
import { buildTopology } from "../../src/model/topology/build-topology.js";
import { resolveIdentity } from "../../src/model/topology/resolve-identity.js";
import { initConfig } from "../../src/model/kubeadm/documents.js";
import { parseSpec } from "../../src/model/spec/parse-spec.js";
import { clusterJsonSchema } from "../../src/model/spec/json-schema.js";

const ROOT = new URL("../../", import.meta.url);

/** Parses the spec and makes the kubeadm documents from it: it is not enough that an example can be parsed. */
function load(text: string, source: string): void {
  const spec = parseSpec({ text, source, folderName: "demo", overrides: {} });
  const identity = resolveIdentity(spec, {
    caHash: `sha256:${"0".repeat(64)}`,
    folderId: "0a1b2c3d",
    kubernetesVersion: "v1.36.1",
  });
  const topology = buildTopology(spec, identity);
  const [node] = topology.nodes;
  if (node === undefined) throw new Error(`${source} has no node`);
  expect(initConfig({ topology, node, spec })).toContain("kind: ClusterConfiguration");
}

describe("examples", () => {
  const names = readdirSync(new URL("examples/", ROOT)).filter((name) => name.endsWith(".yaml"));
  it("are there", () => expect(names.length).toBeGreaterThan(4));
  it.each(names)("%s loads", (name) => load(readFileSync(new URL(`examples/${name}`, ROOT), "utf8"), name));
});

describe("YAML in the docs", () => {
  const pages = [
    "README.md",
    ...readdirSync(new URL("docs/", ROOT))
      .filter((name) => name.endsWith(".md"))
      .map((name) => `docs/${name}`),
  ];
  const blocks = pages
    .filter((page) => existsSync(new URL(page, ROOT)))
    .flatMap((page) => {
      const text = readFileSync(new URL(page, ROOT), "utf8");
      return [...text.matchAll(/^```yaml\n([^]*?)^```$/gm)].map((match, index): [string, string] => [
        `${page} block ${index + 1}`,
        match[1] ?? "",
      ]);
    })
    .filter(([, text]) => /^(apiVersion: alpine-k8s|kind: Cluster|metadata:|spec:)/m.test(text));
  it("is there", () => expect(blocks.some(([name]) => name.startsWith("docs/spec.md"))).toBe(true));
  it.each(blocks)("%s loads", (name, text) => load(text, name));
});

describe("the JSON Schema", () => {
  it("is up to date (npm run test:golden:update renews it)", async () => {
    const text = await format(JSON.stringify(clusterJsonSchema()), { parser: "json", printWidth: 120 });
    await expect(text).toMatchFileSnapshot("../../schema/alpine-k8s.schema.json");
  });

  it("holds patterns that every editor's regular expressions take", () => {
    const patterns = [...JSON.stringify(clusterJsonSchema()).matchAll(/"pattern":("(?:[^"\\]|\\.)*")/g)].map(
      (match) => JSON.parse(match[1] ?? "") as string,
    );
    expect(patterns.length).toBeGreaterThan(10);
    for (const pattern of patterns) {
      expect(new RegExp(pattern, "u").source).toMatch(/^\^.*\$$/);
      expect(pattern).not.toContain("(?<");
    }
  });
});
