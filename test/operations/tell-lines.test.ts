import { AsyncLocalStorage } from "node:async_hooks";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { tellLines } from "../../src/engine/tell-lines.js";
import { openRunLog } from "../../src/engine/run-log.js";
import { withinStep } from "../../src/engine/timeline.js";
import { silentProgress } from "../../src/base/progress.js";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

/** Runs work that prints the lines at their seconds and ends; returns what the node's progress line showed. */
async function shown(lines: Readonly<Record<number, string>>, seconds: number) {
  const activities: string[] = [];
  const details: string[] = [];
  const progress = {
    ...silentProgress,
    node: (name: string, activity: string) => activities.push(`${name}: ${activity}`),
    detail: (line: string) => details.push(line),
  };
  const log = openRunLog("/nowhere", "up");
  const told = tellLines({ progress, log, name: "master1", activity: "kubeadm init" }, async (onLine) => {
    for (let second = 1; second <= seconds; second++) {
      await vi.advanceTimersByTimeAsync(1000);
      const line = lines[second];
      if (line !== undefined) onLine(line);
    }
    return "done";
  });
  expect(await told).toBe("done");
  expect(vi.getTimerCount()).toBe(0);
  return { activities, details, timeline: log.recorded.events };
}

test("work that is soon done shows what it is, and each line as a detail", async () => {
  const { activities, details } = await shown({ 2: "[init] Using Kubernetes version" }, 9);
  expect({ activities, details }).toEqual({
    activities: ["master1: kubeadm init"],
    details: ["master1: [init] Using Kubernetes version"],
  });
});

test("work that takes long shows its last line: the image that kubeadm pulls, without the head of the log's line", async () => {
  const lines = {
    1: "[preflight] Pulling images",
    2: "I1129 10:00:00.123456     100 checks.go:854] pulling: registry.k8s.io/etcd:3.5",
    14: "",
    15: "condition clock fatal ok 0 s from the right time",
    25: '[certs] Generating "ca"',
  };
  expect((await shown(lines, 31)).activities).toEqual([
    "master1: kubeadm init",
    "master1: kubeadm init: pulling: registry.k8s.io/etcd:3.5",
    "master1: kubeadm init: pulling: registry.k8s.io/etcd:3.5",
    'master1: kubeadm init: [certs] Generating "ca"',
  ]);
});

test("no line is longer than a progress line needs", async () => {
  const [, last = ""] = (await shown({ 1: "x".repeat(5000) }, 11)).activities;
  expect(last.length).toBeLessThan(250);
});

/** Where each part of the timeline begins and ends, in seconds from the first. */
function parts(timeline: Awaited<ReturnType<typeof shown>>["timeline"]): unknown {
  const second = (at = ""): number => (Date.parse(at) - Date.parse(timeline[0]?.at ?? "")) / 1000;
  return timeline.flatMap((event) => {
    if (event.kind !== "begin") return [];
    const end = timeline.find((one) => one.kind === "end" && one.id === event.id);
    return [[event.waitsFor ?? "work", second(event.at), second(end?.at)]];
  });
}

test("the timeline has work and waits apart, by what the lines say", async () => {
  const lines = {
    1: "waiting for 10.0.0.2:6443 to take connections, at most 300 s",
    4: "I1129 10:00:00.123456     100 checks.go:854] pulling: registry.k8s.io/etcd:3.5",
    6: "I1129 10:00:00.123456     100 checks.go:854] pulling: registry.k8s.io/pause:3.9",
    7: '[certs] Generating "ca"',
    8: "[control-plane-check] Waiting for healthy control plane components. This can take up to 4m0s",
    9: "[control-plane-check] Checking kube-apiserver at https://10.0.0.2:6443/livez",
    20: "[control-plane-check] kube-apiserver is healthy after 11s",
  };
  const { timeline } = await shown(lines, 22);
  expect(parts(timeline)).toEqual([
    ["work", 0, 1],
    ["10.0.0.2:6443 to take connections", 1, 4],
    ["image registry.k8s.io/etcd:3.5", 4, 6],
    ["image registry.k8s.io/pause:3.9", 6, 7],
    ["work", 7, 8],
    ["healthy control plane components", 8, 20],
    ["work", 20, 22],
  ]);
  expect(timeline.filter((event) => event.kind === "begin").map(({ image }) => image ?? null)).toEqual([
    ...[null, null, "registry.k8s.io/etcd:3.5", "registry.k8s.io/pause:3.9", null, null, null],
  ]);
});

test("work that fails is noted so", async () => {
  const log = openRunLog("/nowhere", "up");
  const told = tellLines({ progress: silentProgress, log, name: "minion1", activity: "kubeadm join" }, () =>
    Promise.reject(new Error("no room")),
  );
  await expect(told).rejects.toThrow("no room");
  expect(log.recorded.events).toMatchObject([
    { kind: "begin", id: 0, node: "minion1", part: "kubeadm join", waitsFor: null, step: null },
    { kind: "end", id: 0, failed: true },
  ]);
});

test("what lines tell counts to the step that runs the script, not to the one that opened the connection", async () => {
  const log = openRunLog("/nowhere", "up");
  // A connection calls back as part of the step that opened it.
  const hear = await withinStep("start-machines", () =>
    Promise.resolve(AsyncLocalStorage.bind((tell: () => void) => tell())),
  );
  await withinStep("init-control-plane", () =>
    tellLines({ progress: silentProgress, log, name: "master1", activity: "kubeadm init" }, (onLine) => {
      hear(() => onLine("waiting for the kubelet, at most 120 s"));
      return Promise.resolve();
    }),
  );
  const steps = log.recorded.events.flatMap((event) => (event.kind === "begin" ? [[event.step, event.waitsFor]] : []));
  expect(steps).toEqual([
    ["init-control-plane", null],
    ["init-control-plane", "the kubelet"],
  ]);
});
