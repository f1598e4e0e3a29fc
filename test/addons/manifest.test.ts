import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { splitDocuments } from "../../src/addons/documents.js";
import { parseManifest } from "../../src/addons/manifest.js";
import { checkOwnManifest } from "../../src/addons/own-manifest.js";
import { workloadsIn, workloadsOf } from "../../src/addons/workloads.js";
import { failureOf } from "./failure.js";

const canal = readFileSync(new URL("fixtures/canal.yaml", import.meta.url), "utf8");

describe("parseManifest", () => {
  it("gives the objects in their order", () => {
    expect(parseManifest(canal, "canal").map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([
      "ServiceAccount canal",
      "ConfigMap canal-config",
      "CustomResourceDefinition things.crd.example.com",
      "ConfigMap another",
      "DaemonSet canal",
      "Deployment calico-kube-controllers",
    ]);
  });

  it("takes lists apart, also within lists, and leaves empty documents out", () => {
    const inner = {
      apiVersion: "v1",
      kind: "PodList",
      items: [{ apiVersion: "v1", kind: "Pod", metadata: { name: "a" } }],
    };
    const text = `---\n---\n# nothing\n---\n${JSON.stringify({ apiVersion: "v1", kind: "List", items: [inner] })}\n`;
    expect(parseManifest(text, "x")).toEqual(inner.items);
  });

  const object = (name: string): object => ({ apiVersion: "v1", kind: "A", metadata: { name, note: '"}{' } });
  const yaml = (name: string): string => `apiVersion: v1\nkind: A\nmetadata: {name: ${name}}\n`;
  it.each<[string, string, string[]]>([
    ["files with a byte order mark put together", `\uFEFF${yaml("a")}---\n\uFEFF${yaml("b")}`, ["a", "b"]],
    ["a mark before the marker of a document", `${yaml("a")}\uFEFF---\n${yaml("b")}`, ["a", "b"]],
    ["marks and CRLF", `\uFEFF${yaml("a")}---\n\uFEFF${yaml("b")}`.replaceAll("\n", "\r\n"), ["a", "b"]],
    ["JSON objects in a row", `${JSON.stringify(object("a"))}\n${JSON.stringify(object("b"))}\n`, ["a", "b"]],
    ["indented ones", [object("a"), object("b")].map((one) => JSON.stringify(one, null, 4)).join("\n"), ["a", "b"]],
    ["ones on a line", JSON.stringify(object("a")) + JSON.stringify(object("b")), ["a", "b"]],
    [
      "a flow mapping with braces in quotes and comments",
      "{apiVersion: v1, kind: A, data: {x: '}'}, # }\nmetadata: {name: a}}\n",
      ["a"],
    ],
    ["ones behind YAML", `${yaml("x")}---\n${JSON.stringify(object("b"))}`, ["x", "b"]],
    ["a list of nothing beside others", `kind: List\napiVersion: v1\nitems: null\n---\n${yaml("b")}`, ["b"]],
  ])("takes %s", (_, text, names) => {
    expect(parseManifest(text, "x").map(({ metadata }) => metadata.name)).toEqual(names);
  });

  it("names the line of a mistake behind JSON objects", () => {
    const text = `${JSON.stringify(object("a"))}\n${JSON.stringify(object("b"))}\n---\na: [\n`;
    expect(() => parseManifest(text, "x")).toThrow(/^x: document 3 is not .* at line 5, column 1/);
  });

  it("reads YAML as Kubernetes does: on is true, a date and 1:30 are texts", () => {
    const text = "apiVersion: v1\nkind: A\nmetadata: {name: a}\non_: on\nday: 2026-03-10\ntime: 1:30\nmode: 0644\n";
    expect(parseManifest(text, "x")[0]).toMatchObject({ on_: true, day: "2026-03-10", time: "1:30", mode: 420 });
  });

  const bad: readonly [string, string, string][] = [
    [
      "a web page",
      "<!DOCTYPE html>\n<html></html>\n",
      "document 1 is not a Kubernetes manifest: it has no apiVersion and kind",
    ],
    ["nothing", "# nothing\n", "document 1 is not a Kubernetes manifest: there is no object in it"],
    [
      "no YAML in the second document",
      "apiVersion: v1\nkind: A\nmetadata: {name: a}\n---\na: [\n",
      "document 2 is not a Kubernetes manifest: Flow sequence in block collection must be sufficiently indented and end with a ] at line 6, column 1",
    ],
    ["no kind", "apiVersion: v1\n", "document 1 is not a Kubernetes manifest: it has no apiVersion and kind"],
    [
      "no name",
      "apiVersion: v1\nkind: Pod\nmetadata: {generateName: a-}\n",
      "document 1 is not a Kubernetes manifest: its Pod has no name",
    ],
    [
      "a name that is a number",
      "apiVersion: v1\nkind: Pod\nmetadata: {name: 1}\n",
      "document 1 is not a Kubernetes manifest: its Pod has no name",
    ],
    [
      "an alias to nothing",
      "apiVersion: v1\nkind: Pod\nmetadata: *nothing\n",
      "document 1 is not a Kubernetes manifest: Unresolved alias (the anchor must be set before the alias): nothing",
    ],
  ];
  it.each(bad)("refuses %s", async (_name, text, why) => {
    const error = await failureOf(() => parseManifest(text, "my.yaml"));
    expect(error.message).toBe(`my.yaml: ${why}`);
    expect(error.kind).toBe("usage");
  });

  it("refuses aliases that multiply without end", async () => {
    const levels = Array.from(
      { length: 9 },
      (_, level) => `l${level + 1}: &l${level + 1} [${Array(9).fill(`*l${level}`).join(", ")}]`,
    );
    const bomb = ["apiVersion: v1", "kind: Pod", "metadata: {name: a}", "l0: &l0 [x]", ...levels].join("\n");
    expect((await failureOf(() => parseManifest(bomb, "my.yaml"))).message).toContain("Excessive alias count");
  });
});

describe("splitDocuments", () => {
  it.each([
    "a: 1\n",
    "---\na: 1\n---\nb: 2\n",
    "a: |\n  ---\n  x\n--- # c\nb: 2",
    "---\r\na: 1\r\n---\r\nb: 2\r\n",
    "",
  ])("loses no byte of %j", (text) => {
    expect(splitDocuments(text).join("")).toBe(text);
  });

  it("cuts at markers only", () => {
    expect(splitDocuments("a: |\n  ---\n  x\n--- # c\nb: ----\n---- : 1\n")).toEqual([
      "a: |\n  ---\n  x\n",
      "--- # c\nb: ----\n---- : 1\n",
    ]);
  });
});

describe("workloads", () => {
  const canals = [
    { apiVersion: "apps/v1", kind: "DaemonSet", namespace: "kube-system", name: "canal" },
    { apiVersion: "apps/v1", kind: "Deployment", namespace: "kube-system", name: "calico-kube-controllers" },
  ];
  it("are what has pods of its own", () => {
    expect(workloadsOf(parseManifest(canal, "canal"))).toEqual(canals);
    expect(workloadsIn(canal, "canal")).toEqual(canals);
  });

  it("are found in JSON and in lists, and live in default without a namespace", () => {
    const job = { apiVersion: "batch/v1", kind: "Job", metadata: { name: "j" } };
    const set = { apiVersion: "apps/v1", kind: "StatefulSet", metadata: { name: "s", namespace: "n" } };
    const text = `${JSON.stringify(job)}\n---\n${JSON.stringify({ apiVersion: "v1", kind: "List", items: [set] })}\n`;
    expect(workloadsIn(text, "x").map(({ kind, namespace, name }) => `${kind} ${namespace}/${name}`)).toEqual([
      "Job default/j",
      "StatefulSet n/s",
    ]);
  });
});

it("a job that the cluster removes after its end is known as such", () => {
  const job = (spec: string): string => `{apiVersion: batch/v1, kind: Job, metadata: {name: j}, spec: ${spec}}\n`;
  const found = workloadsIn(`${job("{ttlSecondsAfterFinished: 60}")}---\n${job("{}")}`, "x");
  expect(found.map(({ goesWhenDone }) => goesWhenDone)).toEqual([true, undefined]);
});

describe("checkOwnManifest", () => {
  const check = (text: string): string[] => checkOwnManifest(text, { podSubnet: "10.32.0.0/12", source: "my.yaml" });
  const warning = (network: string): string =>
    `my.yaml carries the pod network ${network}, the cluster's is 10.32.0.0/12; it is applied as it is`;
  const configMap = (data: string): string => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {${data}}\n`;
  const daemonSet = (variable: string): string =>
    `apiVersion: apps/v1\nkind: DaemonSet\nmetadata: {name: d}\nspec: {template: {spec: {containers: [{name: c, env: [${variable}]}]}}}\n`;
  const cases: readonly [string, string, string[]][] = [
    ["Canal's", canal, [warning("10.244.0.0/16")]],
    ["flannel's", configMap(`net-conf.json: '{"Network": "10.1.0.0/16"}'`), [warning("10.1.0.0/16")]],
    ["the cluster's own", configMap(`net-conf.json: '{"Network": "10.32.0.0/12"}'`), []],
    ["Cilium's", configMap("cluster-pool-ipv4-cidr: 10.2.0.0/16"), [warning("10.2.0.0/16")]],
    ["Calico's", daemonSet("{name: CALICO_IPV4POOL_CIDR, value: 192.168.0.0/16}"), [warning("192.168.0.0/16")]],
    ["Weave's", daemonSet("{name: IPALLOC_RANGE, value: 10.3.0.0/16}"), [warning("10.3.0.0/16")]],
    ["a subnet of something else", daemonSet("{name: OTHER, value: 10.4.0.0/16}"), []],
    ["one in a comment", `# "Network": "10.5.0.0/16"\n${configMap("a: b")}`, []],
  ];
  it.each(cases)("%s", (_name, text, warnings) => {
    expect(check(text)).toEqual(warnings);
  });

  it("says one network once, and refuses what is no manifest", async () => {
    const twice = [1, 2].map(() => configMap(`net-conf.json: '{"Network": "10.1.0.0/16"}'`)).join("---\n");
    expect(check(twice)).toEqual([warning("10.1.0.0/16")]);
    expect((await failureOf(() => check("hello"))).kind).toBe("usage");
  });
});

describe("a manifest of many keys", () => {
  const text = (more: string): string => {
    const data = Array.from({ length: 5_000 }, (_, index) => `  k${index}: v`).join("\n");
    return `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\ndata:\n${data}\n${more}`;
  };

  it("is read, and a key given twice is found by its line", () => {
    expect(parseManifest(text(""), "x.yaml")).toHaveLength(1);
    expect(() => parseManifest(text("  k7: w\n"), "x.yaml")).toThrow(
      "x.yaml: document 1 is not a Kubernetes manifest: Map keys must be unique at line 5005",
    );
  });
});
