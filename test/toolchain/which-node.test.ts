import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import manifest from "../../package.json" with { type: "json" };

const ROOT = join(import.meta.dirname, "../..");

describe("the Node of npm's scripts", () => {
  it(`is ours, from package.json: Node ${process.versions.node} runs these tests`, () => {
    expect(process.versions.node).toBe(manifest.devDependencies.node);
  });

  it("is a version with long-term support", () => {
    expect(process.release.lts).toMatch(/^[A-Z]/);
  });

  it("is the one of .nvmrc, and may run its install script", () => {
    const { node } = manifest.devDependencies;
    expect(readFileSync(join(ROOT, ".nvmrc"), "utf8")).toBe(`${node}\n`);
    expect(manifest.allowScripts).toEqual({ node: true });
  });
});
