import { describe, expect, it } from "vitest";
import { fill } from "../../../src/addons/catalogue/fill.js";
import { readEntry } from "../../../src/addons/catalogue/read-entry.js";
import { valuesFor } from "../../../src/addons/catalogue/values.js";
import { failureOf } from "../failure.js";

const HEAD = "apiVersion: alpine-k8s/v1\nkind: Addon\nmetadata: { name: demo }\ntitle: A demo\n";
const WHOLE = `${HEAD}state: ended
ended: "2026-01-21"
replacement: other
remarks: [it has holes]
parameters:
  level: { type: string, default: info, choices: [info, debug], description: What is logged }
  copies: { type: integer, default: 1, description: Pods }
needs: [metrics-server]
releases:
  - version: v1
    kubernetes: "1.29-1.31"
    sources: [{ url: "https://example.com/v1/a.yaml", sha256: "${"0".repeat(64)}" }]
    images: [example.com/demo:v1]
  - { version: v0, kubernetes: "1.20" }
patches:
  - kind: Deployment
    name: demo
    namespace: kube-system
    kubernetes: "1.20-1.21"
    changes:
      - { at: [spec, replicas], value: "\${values.copies}" }
      - { at: [spec, x], remove: yes }
  - { kind: Secret, name: demo, drop: yes }
privileges: [hostNetwork]
objects: [{ apiVersion: v1, kind: ConfigMap, metadata: { name: demo } }]
conditions: [{ id: api, title: its API answers, apiVersion: v1, kind: APIService, name: v1.x, condition: Available }]
opens: { namespace: kube-system, service: demo, port: 80 }
keeps: [its data]
`;

describe("an entry of a catalogue", () => {
  it("is read whole", () => {
    expect(readEntry(WHOLE, "demo.yaml")).toEqual({
      name: "demo",
      title: "A demo",
      isNetwork: false,
      state: "ended",
      ended: "2026-01-21",
      replacement: "other",
      remarks: ["it has holes"],
      parameters: {
        level: { type: "string", default: "info", choices: ["info", "debug"], description: "What is logged" },
        copies: { type: "integer", default: 1, description: "Pods" },
      },
      needs: ["metrics-server"],
      releases: [
        {
          version: "v1",
          minors: [29, 31],
          sources: [{ url: "https://example.com/v1/a.yaml", sha256: "0".repeat(64) }],
          images: ["example.com/demo:v1"],
        },
        { version: "v0", minors: [20, 20], sources: [], images: [] },
      ],
      patches: [
        {
          kind: "Deployment",
          name: "demo",
          namespace: "kube-system",
          minors: [20, 21],
          changes: [
            { at: ["spec", "replicas"], value: "${values.copies}" },
            { at: ["spec", "x"], remove: true },
          ],
        },
        { kind: "Secret", name: "demo", changes: [], drop: true },
      ],
      privileges: ["hostNetwork"],
      objects: [{ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "demo" } }],
      conditions: [
        {
          id: "api",
          title: "its API answers",
          apiVersion: "v1",
          kind: "APIService",
          name: "v1.x",
          condition: "Available",
        },
      ],
      opens: { namespace: "kube-system", service: "demo", port: 80, scheme: "http", path: "/" },
      keeps: ["its data"],
    });
  });

  it.each([
    ["title: [", "1:9: is not YAML that can be used"],
    [`${HEAD}state: new\nreleases: []\n`, "5:8: state: must be maintained, deprecated or ended"],
    [`${HEAD}state: maintained\n`, "releases: is missing"],
    [
      `${HEAD}state: maintained\nreleases: [{ version: v1, kubernetes: 1.29 }]\n`,
      'releases[0].kubernetes: must be text, but 1.29 is a number; put it in quotes: "1.29"',
    ],
    [
      `${HEAD}state: maintained\nreleases: []\nparameters: { a: { type: integer, default: x, description: d } }\n`,
      "parameters.a.default: is no integer",
    ],
    [
      `${HEAD}state: maintained\nreleases: []\npatches: [{ kind: A, name: a, changes: [{ at: [x] }] }]\n`,
      "patches[0].changes[0]: needs exactly one of value, append and remove",
    ],
    [
      `${HEAD}state: maintained\nreleases: []\npatches: [{ kind: A, name: a, drop: yes, changes: [] }]\n`,
      "patches[0]: needs exactly one of changes and drop",
    ],
    [
      `${HEAD}state: maintained\nreleases: []\npatches: [{ kind: A, name: a }]\n`,
      "patches[0]: needs exactly one of changes and drop",
    ],
    [
      `${HEAD}state: maintained\nreleases: []\nprivileges: [hostNet]\n`,
      "privileges[0]: must be privileged, hostNetwork, hostPID, hostIPC, hostPath or capabilities",
    ],
    [`${HEAD}state: maintained\nrelease: []\nreleases: []\n`, "release: unknown key; did you mean releases?"],
  ])("that is wrong is refused with the place: %#", async (text, words) => {
    const error = await failureOf(() => readEntry(text, "demo.yaml"));
    expect(error.message).toContain("demo.yaml is no entry of a catalogue:");
    expect(error.message).toContain(words);
    expect(error.kind).toBe("usage");
  });
});

describe("values", () => {
  const entry = readEntry(WHOLE, "demo.yaml");

  it("are the user's, else those by default", () => {
    expect(valuesFor(entry)).toEqual({ level: "info", copies: 1 });
    expect(valuesFor(entry, { copies: 3 })).toEqual({ level: "info", copies: 3 });
  });

  it.each([
    [{ copie: 3 }, "copie: there is no such value; did you mean copies?"],
    [{ zzzzzz: 3 }, "zzzzzz: there is no such value; there is: level, copies"],
    [{ copies: "3" }, "copies: must be a whole number"],
    [{ level: "loud" }, "level: must be one of info, debug"],
    [{ level: "in\nfo" }, "level: must be one line of text"],
    [{ constructor: "x" }, "constructor: there is no such value"],
  ])("%j is refused", async (given, words) => {
    const error = await failureOf(() => valuesFor(entry, given));
    expect(error.message).toContain(`values of the add-on demo: ${words}`);
  });
});

describe("places in texts", () => {
  const known = { "values.copies": 3, "cluster.name": "demo" };

  it("are filled everywhere, with the type of what is known where a text is one place", () => {
    expect(fill({ "a-${cluster.name}": ["${values.copies}", "x${values.copies}", true, null] }, known)).toEqual({
      "a-demo": [3, "x3", true, null],
    });
  });

  it("are not filled twice, and two dollars stand for one", () => {
    expect(fill("${cluster.name} $${cluster.name}", { "cluster.name": "${x}" })).toBe("${x} ${cluster.name}");
  });

  it("that are not known are refused", async () => {
    const error = await failureOf(() => fill("${cluster.nme}", known));
    expect(error.message).toBe("a catalogue's entry names ${cluster.nme}, which is not known");
    expect(error.hints).toEqual(["known are: values.copies, cluster.name"]);
  });
});
