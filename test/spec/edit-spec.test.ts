import { describe, expect, it } from "vitest";
import { addHost, addNodes } from "../../src/model/spec/edit-spec.js";
import { parseSpec } from "../../src/model/spec/parse-spec.js";
import { changes, COMMENTED, file, HOSTS, minion } from "./edit-spec-samples.js";

describe("a node more, by the count", () => {
  it.each([
    ["block style with comments", COMMENTED, ["-      count: 2    # two for now", "+      count: 3    # two for now"]],
    [
      "flow style",
      "spec: {nodes:  {minions: {count: 2 , cpus: 1}}} # x\n",
      ["-spec: {nodes:  {minions: {count: 2 , cpus: 1}}} # x", "+spec: {nodes:  {minions: {count: 3 , cpus: 1}}} # x"],
    ],
    [
      "a flow group without a count",
      "spec:\n  nodes: {minions: {cpus: 1, }} # x\n",
      ["-  nodes: {minions: {cpus: 1, }} # x", "+  nodes: {minions: {cpus: 1, count: 3, }} # x"],
    ],
    ["an empty flow group", "spec: {}\n", ["-spec: {}", "+spec: { nodes: { minions: { count: 3 } } }"]],
    [
      "a flow key without a value",
      "spec: {nodes: , domain: example.com}\n",
      ["-spec: {nodes: , domain: example.com}", "+spec: {nodes: { minions: { count: 3 } } , domain: example.com}"],
    ],
    [
      "no nodes at all, comments at the end of the group",
      "spec:\n    domain: example.com # d\n    # more\n\n# bye\n",
      ["+    nodes:", "+      minions:", "+        count: 3"],
    ],
    [
      "a key without a value and commented-out keys below it",
      "spec:\n  nodes:  # n\n    # minions: {count: 2}\n  domain: example.com\n",
      ["+    minions:", "+      count: 3"],
    ],
    ["a count without a value", "spec:\n  nodes:\n    minions:\n      count:\n", ["-      count:", "+      count: 3"]],
    [
      "a count said to be null",
      "spec:\n  nodes:\n    minions:\n      count: ~  # none\n",
      ["-      count: ~  # none", "+      count: 3  # none"],
    ],
    ["no line end at the end", "spec:\n  domain: example.com", ["+  nodes:", "+    minions:", "+      count: 3"]],
    ["only comments", "# nothing yet\n", ["+spec:", "+  nodes:", "+    minions:", "+      count: 3"]],
    [
      "a document's start and end marks",
      "---\nspec:\n  domain: example.com\n...\n",
      ["+  nodes:", "+    minions:", "+      count: 3"],
    ],
    [
      "a quoted key",
      'spec:\n  "nodes":\n    "minions":\n      "count": 2\n',
      ['-      "count": 2', '+      "count": 3'],
    ],
  ])("%s", (_, before, expected) => {
    const after = addNodes(file(before), [minion("minion3")]);
    expect(changes(before, after)).toEqual(expected);
    expect(parseSpec({ ...file(after), overrides: {} }).nodes.minions.count).toBe(3);
  });

  it("CRLF and a byte order mark stay", () => {
    const before = "\ufeffspec: # s\r\n  domain: example.com\r\n\r\n# bye\r\n";
    expect(addNodes(file(before), [minion("minion3"), minion("minion4")])).toBe(
      "\ufeffspec: # s\r\n  domain: example.com\r\n  nodes:\r\n    minions:\r\n      count: 4\r\n\r\n# bye\r\n",
    );
  });

  it("without a file makes a small one", () => {
    expect(addNodes(file(undefined), [minion("minion3")])).toBe(
      "# Every other key has a default: docs/spec.md\napiVersion: alpine-k8s/v1\nkind: Cluster\n" +
        "spec:\n  nodes:\n    minions:\n      count: 3\n",
    );
  });
});

describe("a node of its own kind turns the counts into a list", () => {
  it("that names every node; sizes stay in the groups, comments stay", () => {
    const after = addNodes(file(COMMENTED), [
      { name: "big", role: "minion", address: "10.250.250.50", cpus: 8, labels: { disk: "ssd" } },
    ]);
    expect(changes(COMMENTED, after)).toEqual([
      "-    masters: {count: 1,  cpus: 2}   # one",
      "+    masters: {cpus: 2}   # one",
      "-      count: 2    # two for now",
      "+      # two for now",
      "+    list:",
      "+      - { name: master1, role: master }",
      "+      - { name: minion1, role: minion }",
      "+      - { name: minion2, role: minion }",
      "+      - { name: big, role: minion, address: 10.250.250.50, cpus: 8, labels: { disk: ssd } }",
    ]);
  });

  it.each([
    [
      "a flow list",
      "spec:\n  nodes: {list: [{name: master1, role: master}, ]} # x\n",
      [
        "-  nodes: {list: [{name: master1, role: master}, ]} # x",
        "+  nodes: {list: [{name: master1, role: master}, { name: minion3, role: minion }, ]} # x",
      ],
    ],
    [
      "a flow list over several lines",
      "spec:\n  nodes:\n    list: [\n      {name: master1, role: master}  # m\n    ]\n",
      [
        "-      {name: master1, role: master}  # m",
        "+      {name: master1, role: master}, { name: minion3, role: minion }  # m",
      ],
    ],
    [
      "a list of block entries not indented below its key",
      "spec:\n  nodes:\n    list:\n    - name: master1\n      role: master # m\n      # cpus: 2\n    # not of the entry\n  domain: example.com\n",
      ["+    - name: minion3", "+      role: minion"],
    ],
  ])("%s gets an entry in its own style", (_, before, expected) => {
    expect(changes(before, addNodes(file(before), [minion("minion3")]))).toEqual(expected);
  });

  it("an empty list is filled", () => {
    const before = "spec:\n  nodes:\n    list: []   # or explicit\n    minions: {count: 0}\n";
    expect(addNodes(file(before), [{ ...minion("minion1"), cpus: 4 }])).toBe(
      "spec:\n  nodes:\n    list:   # or explicit\n      - { name: master1, role: master }\n      - { name: minion1, role: minion, cpus: 4 }\n    minions: {}\n",
    );
  });

  it("quotes what would be read as something else", () => {
    const after = addNodes(file(undefined), [{ ...minion("minion3"), labels: { on: "true", v: "1.10" } }]);
    expect(parseSpec({ ...file(after), overrides: {} }).nodes.list.at(-1)?.labels).toEqual({ on: "true", v: "1.10" });
  });
});

describe("hosts", () => {
  it("a host more is the last entry, in the style of the last, with what was given", () => {
    const after = addHost(file(HOSTS), {
      ...minion("minion3"),
      address: "203.0.113.7",
      privateAddress: "10.0.0.12",
      user: "root",
      identityFile: "~/.ssh/id ed",
    });
    expect(changes(HOSTS, after)).toEqual([
      "+    - name: minion3",
      "+      role: minion",
      "+      address: 203.0.113.7",
      "+      privateAddress: 10.0.0.12",
      "+      user: root",
      "+      identityFile: ~/.ssh/id ed",
    ]);
    expect(after.indexOf("# its own")).toBeLessThan(after.indexOf("minion3"));
  });
});
