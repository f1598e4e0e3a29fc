import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import type { TimelineEntry } from "../../src/engine/timeline-event.js";
import type { Tools } from "../../src/engine/tools.js";
import { SYSTEM_PODS } from "../../src/kube/kube-object.js";
import { PULLED_EVENTS } from "../../src/kube/times/pulled-images.js";
import { up } from "../../src/operations/up/up.js";
import { FakeWorld, SPEC } from "./fake-world.js";
import { slowTools } from "./timings/slow-world.js";

let world: FakeWorld;
let tools: Tools;
beforeEach(async () => {
  world = await FakeWorld.create(SPEC);
  tools = slowTools(world, 0);
});

/** Brings the cluster up, and returns what the timeline of that run tells of the cluster's own times. */
async function timesOfUp(): Promise<readonly TimelineEntry[]> {
  const signal = new AbortController().signal;
  await up({ folder: world.folder, overrides: {}, tools, progress: world.progress(), signal });
  const logs = join(world.folder, ".alpine-k8s/logs");
  const [run = "", ...others] = readdirSync(logs);
  expect(others).toEqual([]);
  const lines = readFileSync(join(logs, run, "timeline.jsonl"), "utf8")
    .trimEnd()
    .split("\n");
  return lines
    .map((line) => JSON.parse(line) as TimelineEntry)
    .filter(({ kind }) => kind === "object" || kind === "image");
}

const asked = (): readonly string[] =>
  world.transcript.filter((line) => [SYSTEM_PODS, PULLED_EVENTS].some((path) => line.endsWith(`api GET ${path}`)));

describe("the end of up", () => {
  it("notes the times of nodes and of the system's pods, and which images were pulled", async () => {
    const noted = await timesOfUp();
    const objects = noted.flatMap((event) => (event.kind === "object" ? [event] : []));
    expect(objects.map(({ object, node, master }) => [object, node, master])).toEqual(
      expect.arrayContaining([
        ["Node minion2.example.com", "minion2", "master1"],
        ["Pod kube-proxy-minion1", "minion1", "master1"],
      ]),
    );
    for (const { created, ready } of objects) expect([created, ready]).not.toContain(null);
    expect(noted.at(-1)).toMatchObject({
      ...{ kind: "image", node: "minion1", image: "ghcr.io/flannel-io/flannel:v0.27.4" },
      ...{ bytes: 33_554_432, milliseconds: 1234 },
    });
    expect(asked()).toHaveLength(2);
  });

  it("of a run that changed nothing asks for nothing more", async () => {
    await timesOfUp();
    world.transcript.splice(0);
    await timesOfUp();
    expect(asked()).toEqual([]);
  });

  it("does not depend on it: what the API does not tell is not noted", async () => {
    const whole = tools;
    tools = {
      ...whole,
      kube: async (input) => {
        const api = await whole.kube(input);
        const isSilent = (path: string): boolean => [SYSTEM_PODS, PULLED_EVENTS].includes(path);
        return {
          ...api,
          list: (path: string) => (isSilent(path) ? Promise.reject(new Error("no")) : api.list(path)),
        };
      },
    };
    const noted = await timesOfUp();
    expect(noted.map((event) => event.kind === "object" && event.object)).toEqual([
      "Node master1.example.com",
      "Node minion1.example.com",
      "Node minion2.example.com",
    ]);
  });

  it("with several masters names none whose clock has set a time", async () => {
    world = await FakeWorld.create(`${SPEC}  nodes:\n    masters: { count: 2 }\n    minions: { count: 0 }\n`);
    tools = slowTools(world, 0);
    const noted = await timesOfUp();
    expect(new Set(noted.map((event) => event.kind === "object" && event.master))).toEqual(new Set([null, false]));
  });
});
