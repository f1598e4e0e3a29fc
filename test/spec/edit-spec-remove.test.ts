import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { AlpineK8sError } from "../../src/base/errors.js";
import { addHost, addNodes, removeNode } from "../../src/model/spec/edit-spec.js";
import { parseSpec } from "../../src/model/spec/parse-spec.js";
import { changes, COMMENTED, file, HOSTS, minion } from "./edit-spec-samples.js";

function refusal(edit: () => unknown): AlpineK8sError {
  try {
    edit();
  } catch (error) {
    if (error instanceof AlpineK8sError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

describe("a node less", () => {
  it("the last of the row lowers the count", () => {
    expect(changes(COMMENTED, removeNode(file(COMMENTED), "minion2") ?? "")).toEqual([
      "-      count: 2    # two for now",
      "+      count: 1    # two for now",
    ]);
  });

  it("without a file writes the count", () => {
    expect(removeNode(file(undefined), "minion2")).toContain("count: 1\n");
  });

  it("minion1 of two leaves minion2 with its name and so its address", () => {
    const after = removeNode(file(COMMENTED), "minion1") ?? "";
    expect(parseSpec({ ...file(after), overrides: {} }).nodes.list).toEqual([
      { name: "master1", role: "master" },
      { name: "minion2", role: "minion" },
    ]);
  });

  it("the last of the row of masters lowers their count, another one leaves the others their names", () => {
    const three = COMMENTED.replace("{count: 1,  cpus: 2}   # one", "{count: 3,  cpus: 2}   # three");
    expect(changes(three, removeNode(file(three), "master3") ?? "")).toEqual([
      "-    masters: {count: 3,  cpus: 2}   # three",
      "+    masters: {count: 2,  cpus: 2}   # three",
      "+  addons:",
      ...["canal", "metrics-server", "headlamp", "kube-vip"].map((name) => `+    - ${name}`),
    ]);
    const after = parseSpec({ ...file(removeNode(file(three), "master1")), overrides: {} });
    expect(after.nodes.list.map(({ name, role }) => `${name} ${role}`)).toEqual([
      ...["master2 master", "master3 master", "minion1 minion", "minion2 minion"],
    ]);
    expect(after.nodes.masters.cpus).toBe(2);
  });

  it.each([
    [
      "[{name: master1, role: master}, {name: a, role: minion, address: 10.250.250.20}]",
      "[{name: master1, role: master}]",
    ],
    [
      "[{name: a, role: minion, address: 10.250.250.20}, {name: master1, role: master} ]",
      "[{name: master1, role: master} ]",
    ],
    [
      "[\n    {name: master1, role: master}, # m\n    {name: a, role: minion, address: 10.250.250.20}, # a\n    ]",
      "[\n    {name: master1, role: master}, # m\n     # a\n    ]",
    ],
    [
      "[\n    {name: a, role: minion, address: 10.250.250.20}, # a\n    {name: master1, role: master}\n    ]",
      "[\n     # a\n    {name: master1, role: master}\n    ]",
    ],
  ])("of a flow list %j", (list, expected) => {
    const text = (inner: string): string => `spec:\n nodes:\n  list: ${inner}\n`;
    expect(removeNode(file(text(list)), "a")).toBe(text(expected));
  });

  it("a dash in a line of its own goes with its entry, and a text without a last line end stays so", () => {
    const text = "spec:\n nodes:\n  list:\n  - {name: master1, role: master}";
    expect(removeNode(file(`${text}\n  - # m\n    name: minion1\n    role: minion`), "minion1")).toBe(text);
    expect(removeNode(file(`${text}\r\n  -\r\n    {name: minion1, role: minion}`), "minion1")).toBe(text);
  });

  it("that the spec does not have changes nothing", () => {
    expect(removeNode(file(COMMENTED), "minion9")).toBe(COMMENTED);
    expect(removeNode(file(undefined), "minion9")).toBeUndefined();
  });

  it("a host less takes its entry with it and nothing else", () => {
    expect(changes(HOSTS, removeNode(file(HOSTS), "minion2") ?? "")).toEqual([
      "-    - name: minion2",
      "-      role: minion",
      "-      address: 10.0.0.11",
      "-      # its own",
    ]);
    expect(changes(HOSTS, removeNode(file(HOSTS), "minion1") ?? "")).toEqual([
      "-    - {name: minion1, role: minion, address: 10.0.0.10}",
    ]);
  });
});

describe("a node more and then that node less is the spec that it was", () => {
  const ROOT = join(import.meta.dirname, "../..");
  const files = ["examples", "test/spec/fixtures"].flatMap((folder) =>
    readdirSync(join(ROOT, folder))
      // In one of them the network is full.
      .filter((name) => name.endsWith(".yaml") && !/^(invalid|valid-many)-/.test(name))
      .map((name) => join(folder, name)),
  );
  it.each(files)("%s", (name) => {
    const before = file(readFileSync(join(ROOT, name), "utf8"));
    const spec = parseSpec({ ...before, overrides: {} });
    const isHosts = spec.provider === "hosts";
    const { count } = spec.nodes.minions;
    const fresh = isHosts || spec.nodes.list.length > 0 ? "minion77" : `minion${count + 1}`;
    const grown = isHosts
      ? addHost(before, { ...minion(fresh), address: "172.31.9.9" })
      : addNodes(before, [minion(fresh)]);
    expect(changes(before.text ?? "", grown).length).toBeLessThan(8);
    const shrunk = removeNode(file(grown), fresh);
    const after = parseSpec({ ...file(shrunk), overrides: {} });
    expect(after).toEqual(spec);
    expect(grown.split("\n").filter((line) => line.trimStart().startsWith("#"))).toEqual(
      before.text?.split("\n").filter((line) => line.trimStart().startsWith("#")),
    );
  });
});

describe("refused, with the reason and nothing changed", () => {
  it.each([
    [
      "an anchor",
      () => addNodes(file("spec: &a\n  domain: example.com\n"), [minion("minion3")]),
      "anchors and aliases are not read",
    ],
    ["text that is not YAML", () => addNodes(file("spec: [\n"), [minion("minion3")]), "is not YAML"],
    [
      "the only master",
      () => removeNode(file(undefined), "master1"),
      "master1: has no master: at least one node needs role: master",
    ],
    [
      "the only master of a list",
      () =>
        removeNode(
          file("spec: {nodes: {list: [{name: master1, role: master}, {name: minion1, role: minion}]}}"),
          "master1",
        ),
      "master1: has no master",
    ],
    [
      "an eighth master",
      () => addNodes(file("spec: {nodes: {masters: {count: 7}}}"), [{ name: "master8", role: "master" }]),
      "at most 7 masters",
    ],
    [
      "a name that is taken",
      () =>
        addNodes(file("spec: {nodes: {list: [{name: master1, role: master}]}}"), [{ name: "master1", role: "minion" }]),
      "master1",
    ],
    ["a bad name", () => addNodes(file(undefined), [{ name: "No Good", role: "minion" }]), "No Good: name: "],
    [
      "a name without an address",
      () => addNodes(file(undefined), [{ name: "big", role: "minion" }]),
      "big: big needs an address of its own",
    ],
    [
      "an address outside the network",
      () =>
        addNodes(file("spec: {vagrant: {network: 10.250.250.0/24}}"), [
          { name: "big", role: "minion", address: "10.9.9.9" },
        ]),
      "big: address: 10.9.9.9 is not in the cluster network 10.250.250.0/24",
    ],
    ["a bad label", () => addNodes(file(undefined), [{ ...minion("minion3"), labels: { "a b": "c" } }]), "minion3: "],
    [
      "an address that another host has",
      () => addHost(file(HOSTS), { ...minion("minion3"), address: "10.0.0.11" }),
      "minion3: address: the node address 10.0.0.11 is used twice",
    ],
    [
      "more minions than fit",
      () => addNodes(file("spec: {nodes: {minions: {count: 190}}}"), [minion("minion191")]),
      "191 minions do not fit",
    ],
  ])("%s", (_, edit, words) => {
    const error = refusal(edit);
    expect(error.kind).toBe("usage");
    expect(error.message).toContain(words);
    expect(error.hints.join("\n")).toContain("nothing was changed");
  });
});
