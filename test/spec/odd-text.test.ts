import { expect, it } from "vitest";
import { shown } from "../../src/model/spec/problems.js";
import { readSpecText } from "../../src/model/spec/parse-spec.js";

it("a problem in what is no YAML has its place in the text", () => {
  const text =
    "kind: Cluster\nspec:\n  domain: examp'le.com\n  nodes:\n    list:\n      - name: master1\n]x       role: master\n" +
    "    \fminions:\n      cpus: 4\napiVersion: alpine-k8s/v1\n";
  const { problems } = readSpecText({ text, source: "alpine-k8s.yaml", folderName: "demo", overrides: {} });
  const lines = text.split("\n");
  const outside = problems.filter(({ position }) => {
    const line = lines[(position?.line ?? 1) - 1];
    return line === undefined || (position?.column ?? 1) > line.length + 1;
  });
  expect(problems.length).toBeGreaterThan(0);
  expect(outside).toEqual([]);
});

it("a value is shown without any mark that turns the direction of writing", () => {
  expect(shown("a\u061cb\u200fc\u202ed\u2066e")).toBe('"a\\u061cb\\u200fc\\u202ed\\u2066e"');
});
