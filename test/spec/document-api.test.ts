import { describe, expect, it } from "vitest";
import { CST, parseDocument, Parser } from "yaml";
import { COMMENTED, HOSTS } from "./edit-spec-samples.js";

// Shows why src/model/spec/yaml-edit.ts edits text, see docs/decisions/0008. When one of these tests fails, the library
// has become better, and that decision should be reconsidered.

describe("yaml's Document API changes text that an edit is not about", () => {
  it("gaps, flow groups, blank lines, and the group that a comment belongs to", () => {
    expect(parseDocument(COMMENTED).toString({ lineWidth: 0 })).toBe(`# our cluster
apiVersion: alpine-k8s/v1 # the format

kind: 'Cluster'

spec:
  # sizes
  nodes:
    masters: { count: 1, cpus: 2 } # one
    # the row
    minions:
      count: 2 # two for now
      memory: 1024
      # labels: {}
      # the end of nodes

  domain: "example.com"

# bye
`);
  });

  it("line ends and the byte order mark", () => {
    expect(parseDocument("\ufeffspec:\r\n  domain: example.com\r\n").toString()).toBe("spec:\n  domain: example.com\n");
  });

  it("comments that stand before the next key go with the last entry of a list", () => {
    const document = parseDocument(HOSTS);
    document.deleteIn(["spec", "hosts", 2]);
    expect(HOSTS).toContain("  # after all\n  domain:");
    expect(document.toString()).not.toContain("# after all");
  });
});

it("in yaml's CST the indentation of the next key is a token of the last entry of a list", () => {
  const [document] = new Parser().parse(HOSTS);
  if (document?.type !== "document" || document.value?.type !== "block-map") throw new Error("not a map");
  const spec = document.value.items[0]?.value;
  const hosts = spec?.type === "block-map" ? spec.items[1]?.value : undefined;
  if (hosts?.type !== "block-seq") throw new Error("not a list");
  expect(CST.stringify(hosts)).toMatch(/# its own\n {2}# after all\n {2}$/);
  hosts.items.pop();
  expect(CST.stringify(document)).toContain("address: 10.0.0.10}\ndomain: example.com");
});
