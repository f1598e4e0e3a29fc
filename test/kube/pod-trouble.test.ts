import { describe, expect, it } from "vitest";
import type { KubeObject } from "../../src/kube/kube-api.js";
import { lastLine, troubleOf } from "../../src/kube/pod-trouble.js";

function pod(status: object): KubeObject {
  return { apiVersion: "v1", kind: "Pod", metadata: { name: "p", namespace: "kube-system" }, status };
}

const container = (state: object, more: object = {}): object => ({ name: "main", state, ...more });
const containers = (...all: object[]): object => ({ containerStatuses: all });
const waiting = (reason: string, message?: string): object => containers(container({ waiting: { reason, message } }));
const running = container({ running: {} }, { ready: true });

describe("what keeps a pod from being ready, by its status", () => {
  it.each<[string, object, ReturnType<typeof troubleOf>]>([
    ["nothing is wrong", containers(running), undefined],
    ["nothing is known", {}, undefined],
    ["a container is made", waiting("ContainerCreating"), { words: "ContainerCreating", hasEvents: true }],
    [
      "an image cannot be pulled, beside a container that runs",
      containers(running, container({ waiting: { reason: "ErrImagePull", message: "a\nb" } })),
      { words: "ErrImagePull: a" },
    ],
    [
      "an init container fails while the others wait for it",
      {
        initContainerStatuses: [
          container({ waiting: { reason: "CrashLoopBackOff", message: "back-off 10s pod=x_y" } }),
        ],
        ...waiting("PodInitializing"),
      },
      { words: "CrashLoopBackOff: back-off 10s", log: { container: "main", previous: false } },
    ],
    [
      "a container has just failed",
      containers(container({ terminated: { reason: "Error", exitCode: 1 } })),
      { words: "Error: main has ended with exit code 1", log: { container: "main", previous: false } },
    ],
    [
      "it runs again after it failed",
      containers(container({ running: {} }, { ready: false, restartCount: 2 })),
      { words: "main is not ready, restarts: 2", log: { container: "main", previous: true } },
    ],
    [
      "it runs and is not ready",
      containers(container({ running: {} }, { ready: false, restartCount: 0 })),
      { words: "main runs and is not ready", hasEvents: true },
    ],
    [
      "an init container has done its work",
      { initContainerStatuses: [container({ terminated: { exitCode: 0 } })] },
      undefined,
    ],
    [
      "no node takes it",
      { conditions: [{ type: "PodScheduled", status: "False", message: "0/2 nodes are available" }] },
      { words: "Unschedulable: 0/2 nodes are available" },
    ],
    [
      "its kubelet has ended it",
      { phase: "Failed", reason: "Evicted", message: "The node was low on resource: ephemeral-storage." },
      { words: "Evicted: The node was low on resource: ephemeral-storage." },
    ],
  ])("%s", (_name, status, expected) => {
    expect(troubleOf(pod(status))).toEqual(expected);
  });

  it("is told in the runtime's own words, without what gRPC puts before them", () => {
    const message =
      'rpc error: code = Unknown desc = failed to pull "a": rpc error: code = NotFound desc = a: not found';
    expect(troubleOf(pod(waiting("ErrImagePull", message)))?.words).toBe(
      'ErrImagePull: failed to pull "a": a: not found',
    );
  });

  it("has short words that do nothing on a screen, the same for each attempt", () => {
    const sandbox = (id: string): string | undefined =>
      troubleOf(
        pod(
          waiting("CreateContainerError", `in sandbox "${id.repeat(64)}" of pod=p_${id}: \u001b[2J${"x".repeat(999)}`),
        ),
      )?.words;
    expect(sandbox("a")).toBe(sandbox("b"));
    expect(sandbox("a")).toMatch(/^CreateContainerError: in sandbox of \[2Jx+$/);
    expect(sandbox("a")?.length).toBeLessThan(350);
  });
});

describe("the last line of a log", () => {
  it.each([
    ["", ""],
    ["one\ntwo\n\n", "two"],
    ["a\n\u001b[31mred\u202e", "[31mred"],
    [`${"y".repeat(999)}\n`, "y".repeat(300)],
  ])("of %j", (log, expected) => expect(lastLine(log)).toBe(expected));
});
