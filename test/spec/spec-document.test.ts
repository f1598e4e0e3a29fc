import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { ClusterSpec } from "../../src/model/spec/cluster-spec.js";
import { parseSpec } from "../../src/model/spec/parse-spec.js";
import { specDocument, withoutSecrets } from "../../src/model/spec/spec-document.js";
import { writeYaml, writeYamlWithRemarks } from "../../src/model/spec/yaml-text.js";

const parse = (text: string): ClusterSpec =>
  parseSpec({ text, source: "alpine-k8s.yaml", folderName: "demo", overrides: {} });

const files = ["fixtures/", "../../examples/"].flatMap((folder) =>
  readdirSync(new URL(folder, import.meta.url))
    .filter((name) => name.endsWith(".yaml") && !name.startsWith("invalid-"))
    .map((name): [string, string] => [name, readFileSync(new URL(folder + name, import.meta.url), "utf8")]),
);

describe("the document of a spec", () => {
  it.each(files)("%s, written and parsed, is the same spec", (_name, text) => {
    const spec = parse(text);
    expect(parse(writeYaml(specDocument(spec)))).toEqual(spec);
    expect(parse(JSON.stringify(specDocument(spec)))).toEqual(spec);
  });

  it("names every key of the format that belongs to the provider", () => {
    const keys = (text: string): string[] => Object.keys(specDocument(parse(text))["spec"] as object);
    const common = [
      "domain",
      "kubernetes",
      "provider",
      "images",
      "proxy",
      "kubectl",
      "network",
      "addons",
      "catalogues",
    ];
    expect(keys("").sort()).toEqual([...common, "nodes", "vagrant"].sort());
    const hosts = "spec: {provider: hosts, hosts: [{name: m, role: master, address: 10.0.0.1}]}";
    expect(keys(hosts).sort()).toEqual([...common, "hosts"].sort());
  });
});

describe("a document without secrets", () => {
  it.each([
    ["http://ann:pass@proxy.test:3128", "http://***@proxy.test:3128"],
    ["https://token@host.test/a.box", "https://***@host.test/a.box"],
    ["http://ann:p@ss@proxy.test", "http://***@proxy.test"],
    ["https://host.test/a.box?X-Amz-Signature=0a&v=1", "https://host.test/a.box?X-Amz-Signature=***&v=1"],
    ["https://host.test/a.yaml?access_token=0a#x", "https://host.test/a.yaml?access_token=***#x"],
    ["https://host.test/a@b", "https://host.test/a@b"],
    ["ssh-ed25519 AAAA me@home", "ssh-ed25519 AAAA me@home"],
  ])("%s becomes %s", (text, shown) => {
    expect(withoutSecrets({ list: [{ text }] })).toEqual({ list: [{ text: shown }] });
  });

  it("hides keys and tokens in the additions to kubeadm's documents", () => {
    const shown = withoutSecrets({
      InitConfiguration: { certificateKey: "0a", nodeRegistration: { taints: [] } },
      ClusterConfiguration: {
        apiServer: {
          extraEnvs: [
            { name: "VAULT_TOKEN", value: "0a" },
            { name: "HTTP_PROXY", value: "http://ann:pass@proxy" },
            { name: "LEVEL", value: "4" },
          ],
        },
      },
    });
    expect(shown).toEqual({
      InitConfiguration: { certificateKey: "***", nodeRegistration: { taints: [] } },
      ClusterConfiguration: {
        apiServer: {
          extraEnvs: [
            { name: "VAULT_TOKEN", value: "***" },
            { name: "HTTP_PROXY", value: "http://***@proxy" },
            { name: "LEVEL", value: "4" },
          ],
        },
      },
    });
  });

  it("is still a valid spec", () => {
    const url = "https://ann:pass@host.test/x";
    const spec = parse(
      `spec:\n  proxy: {http: "${url}", https: "${url}"}\n  kubectl: {mirror: "${url}"}\n  vagrant: {boxUrl: "https://host.test/x.json"}\n`,
    );
    const text = writeYaml(withoutSecrets(specDocument(spec)));
    expect(text).not.toContain("pass");
    expect(parse(text).proxy.http).toBe("https://***@host.test/x");
  });
});

describe("remarks", () => {
  it("stand behind their values, or at the end of the group, and are not data", () => {
    const data = { a: { b: "x", c: 1 } };
    const text = writeYamlWithRemarks(data, "top", [
      { path: ["a", "b"], text: "fixed" },
      { path: ["a", "d"], text: "later" },
    ]);
    expect(text).toBe("# top\n\na:\n  b: x # fixed\n  c: 1\n  # d: later\n");
  });
});
