import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { splitDocuments } from "../../src/addons/documents.js";
import { parseManifest } from "../../src/addons/manifest.js";
import { inWaves } from "../../src/addons/waves.js";

const canal = readFileSync(new URL("fixtures/canal.yaml", import.meta.url), "utf8");
const MARK = "# alpine-k8s: the rest waits for";

/** What stands before and behind the line that divides, and the line's own words. */
function divided(text: string): { readonly first: string; readonly words: string; readonly rest: string } {
  const [, first = "", words = "", rest = ""] =
    new RegExp(`^([\\s\\S]*)^${MARK}(.*)\\n([\\s\\S]*)$`, "m").exec(text) ?? [];
  return { first, words: words.trim(), rest };
}

function workload(kind: string, name: string, spec: string): string {
  return `apiVersion: apps/v1\nkind: ${kind}\nmetadata: { name: ${name}, namespace: net }\nspec: { template: { spec: { ${spec} } } }\n`;
}

describe("inWaves", () => {
  it("puts Canal's controllers behind flannel, each document byte for byte", () => {
    const { first, words, rest } = divided(inWaves(canal, "canal.yaml"));
    expect(words).toBe("flannel");
    expect(parseManifest(rest, "rest").map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([
      "Deployment calico-kube-controllers",
    ]);
    const sorted = (text: string): string[] => [...splitDocuments(text)].sort();
    expect(sorted(first + rest)).toEqual(sorted(canal));
  });

  it("names the DaemonSets of another network", () => {
    const text = [
      workload("Deployment", "operator", "containers: []"),
      workload("DaemonSet", "agent", "hostNetwork: true, containers: [{ name: agent }]"),
      workload("Deployment", "on-the-host", "hostNetwork: true"),
    ].join("---\n");
    const { first, words, rest } = divided(inWaves(text, "own.yaml"));
    expect(words).toBe("net/agent");
    expect(parseManifest(first, "first").map(({ metadata }) => metadata.name)).toEqual(["agent", "on-the-host"]);
    expect(rest.startsWith("---\n")).toBe(true);
    expect(parseManifest(rest, "rest").map(({ metadata }) => metadata.name)).toEqual(["operator"]);
  });

  it("leaves a manifest as it is in which nothing can be waited for", () => {
    const text = workload("Deployment", "operator", "containers: []");
    expect(inWaves(text, "own.yaml")).toBe(text);
  });
});
