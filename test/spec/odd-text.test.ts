import { describe, expect, it } from "vitest";
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

describe("a spec with odd values", () => {
  const problems = (spec: string): string[] => {
    const text = `apiVersion: alpine-k8s/v1\nkind: Cluster\nmetadata: { name: demo }\nspec:\n${spec}\n`;
    const input = { text, source: "alpine-k8s.yaml", folderName: "demo", overrides: {} };
    return readSpecText(input).problems.map(({ key, what }) => `${key}: ${what}`);
  };
  const ESCAPES = "is not an http or https URL; in a user's name or password / is written %2F, ? %3F, # %23 and @ %40";

  it("names a group whose keys are those of every object", () => {
    expect(problems("  kubectl: { mirror: { toString: { a: 1 }, valueOf: 2, toJSON: 3 } }")).toEqual([
      "spec.kubectl.mirror: must be text, not a group of keys",
    ]);
    expect(problems("  proxy: { http: [{ toString: {} }] }")).toEqual(["spec.proxy.http: must be text, not a list"]);
  });

  it("refuses an address of which nobody can tell where its password ends, and does not repeat it", () => {
    expect(problems("  kubectl: { mirror: 'https://ann:p@secret/x@mirror.example.com' }")).toEqual([
      `spec.kubectl.mirror: "https://***@mirror.example.com" ${ESCAPES}`,
    ]);
  });

  it("refuses a login in a box's URL, however its scheme is written", () => {
    for (const url of ["HTTP://ann:p/w@x.example.com/b.box", "socks5://ann:p?secret/x@x.example.com:99999"]) {
      const [problem = ""] = problems(`  vagrant: { boxUrl: '${url}', boxSha256: ${"ab".repeat(32)} }`);
      expect(problem).toMatch(/^spec\.vagrant\.boxUrl: /);
      expect(problem).not.toMatch(/secret|p\/w/);
    }
  });
});
