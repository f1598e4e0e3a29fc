import { describe, expect, it } from "vitest";
import { nodeNameOf, timesOf } from "../../src/kube/times/object-times.js";
import { pulledImage } from "../../src/kube/times/pulled-images.js";

const object = (kind: string, more: Readonly<Record<string, unknown>>) => ({
  ...{ apiVersion: "v1", kind, metadata: { name: "one", creationTimestamp: "2026-01-31T12:00:00Z" } },
  ...more,
});
const started = (startedAt: unknown): object => ({ state: { running: { startedAt } } });

describe("the times of an object", () => {
  it("are those of a pod: the last of its containers counts", () => {
    const conditions = [
      { type: "Initialized", status: "True", lastTransitionTime: "2026-01-31T12:00:01Z" },
      { type: "PodScheduled", status: "True", lastTransitionTime: "2026-01-31T12:00:02Z" },
      { type: "Ready", status: "True", lastTransitionTime: "2026-01-31T12:00:09Z" },
    ];
    const containerStatuses = [started("2026-01-31T12:00:05Z"), started("2026-01-31T12:00:07Z")];
    const pod = object("Pod", { spec: { nodeName: "minion1.example.com" }, status: { conditions, containerStatuses } });
    expect(timesOf(pod)).toEqual({
      ...{ created: "2026-01-31T12:00:00Z", scheduled: "2026-01-31T12:00:02Z" },
      ...{ started: "2026-01-31T12:00:07Z", ready: "2026-01-31T12:00:09Z" },
    });
    expect(nodeNameOf(pod)).toBe("minion1.example.com");
  });

  it("are not told of what has not come true", () => {
    const conditions = [{ type: "Ready", status: "False", lastTransitionTime: "2026-01-31T12:00:09Z" }];
    const containerStatuses = [started("2026-01-31T12:00:05Z"), { state: { waiting: {} } }];
    expect(timesOf(object("Pod", { status: { conditions, containerStatuses } }))).toMatchObject({
      ...{ scheduled: null, started: null, ready: null },
    });
  });

  it.each([
    ["no status", {}],
    ["a status of another type", { status: 7 }],
    ["conditions that are no list", { status: { conditions: "all", containerStatuses: {} } }],
    [
      "times that are none",
      { status: { conditions: [{ type: "Ready", status: "True", lastTransitionTime: "soon" }] } },
    ],
    ["a start that is none", { status: { containerStatuses: [started(7)] } }],
  ])("are not told by %s", (_name, more) => {
    expect(timesOf(object("Node", more))).toEqual({
      ...{ created: "2026-01-31T12:00:00Z", scheduled: null, started: null, ready: null },
    });
    expect(nodeNameOf(object("Pod", { spec: { nodeName: 7 } }))).toBeUndefined();
  });
});

describe("an event of a pulled image", () => {
  const event = (message: unknown, more: object = {}) =>
    pulledImage({
      ...object("Event", { message, lastTimestamp: "2026-01-31T12:00:09Z", source: { host: "minion1.example.com" } }),
      ...more,
    });
  const at = "2026-01-31T12:00:09Z";
  const node = "minion1.example.com";

  it.each([
    [
      'Successfully pulled image "registry.k8s.io/pause:3.9" in 1m2.5s (1m3s including waiting). Image size: 321520 bytes.',
      { node, at, image: "registry.k8s.io/pause:3.9", milliseconds: 62_500, bytes: 321_520 },
    ],
    ['Successfully pulled image "a/b" in 345.678912ms', { node, at, image: "a/b", milliseconds: 346, bytes: null }],
    ['Successfully pulled image "a/b"', { node, at, image: "a/b", milliseconds: null, bytes: null }],
    ['Successfully pulled image "a/b" in no time', { node, at, image: "a/b", milliseconds: null, bytes: null }],
  ])("%s tells what it says", (message, expected) => {
    expect(event(message)).toEqual(expected);
  });

  it.each([['Container image "a/b" already present on machine'], [""], [7]])("%j tells none", (message) => {
    expect(event(message)).toBeUndefined();
  });

  it("of the newer kind has its node and time elsewhere", () => {
    const newer = { source: {}, reportingInstance: node, lastTimestamp: null, eventTime: at };
    expect(event('Successfully pulled image "a/b" in 2s', newer)).toMatchObject({ node, at, milliseconds: 2000 });
    expect(event('Successfully pulled image "a/b"', { lastTimestamp: "soon" })).toBeUndefined();
    expect(event('Successfully pulled image "a/b"', { source: undefined })).toMatchObject({ node: null });
  });
});
