import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { tellLines } from "../../src/engine/tell-lines.js";
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
  const told = tellLines({ progress, name: "master1", activity: "kubeadm init" }, async (onLine) => {
    for (let second = 1; second <= seconds; second++) {
      await vi.advanceTimersByTimeAsync(1000);
      const line = lines[second];
      if (line !== undefined) onLine(line);
    }
    return "done";
  });
  expect(await told).toBe("done");
  expect(vi.getTimerCount()).toBe(0);
  return { activities, details };
}

test("work that is soon done shows what it is, and each line as a detail", async () => {
  expect(await shown({ 2: "[init] Using Kubernetes version" }, 9)).toEqual({
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
