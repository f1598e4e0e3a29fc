import { describe, expect, test } from "vitest";
import { onlyRemembered } from "../../src/kube/started/since-boot.js";

const BOOT = Date.parse("2026-11-29T10:00:00Z");
const BEFORE = "2026-11-29T09:59:58Z";
const AFTER = "2026-11-29T10:00:09Z";
const MINION = "minion1.example.com";

const node = (lastHeartbeatTime: string, name = MINION) => ({
  ...{ apiVersion: "v1", kind: "Node", metadata: { name } },
  status: { conditions: [{ type: "Ready", status: "True", lastHeartbeatTime }] },
});

const pod = (name: string, owner: string, state: object, nodeName = MINION, creationTimestamp = BEFORE) => ({
  ...{ apiVersion: "v1", kind: "Pod", metadata: { name, creationTimestamp, ownerReferences: [{ kind: owner }] } },
  ...{ spec: { nodeName }, status: { containerStatuses: [{ state }] } },
});
const running = (startedAt: string) => ({ running: { startedAt } });
const look = (nodes: readonly object[], pods: readonly object[], at = BOOT) =>
  onlyRemembered([{ fqdn: MINION, at }], nodes as never, pods as never);

describe("what the API only remembers of a node that has started", () => {
  test("a node whose kubelet has told nothing since", () => {
    expect(look([node(BEFORE)], [])).toBe(`${MINION} has started, and its kubelet has not reported since`);
  });

  test("pods that were running before, and those of the node's own that do not run yet, by name", () => {
    const pods = [
      pod("coredns-1", "ReplicaSet", running(BEFORE)),
      pod("kube-proxy-1", "DaemonSet", { waiting: { reason: "ContainerCreating" } }),
      pod("canal-1", "DaemonSet", running(AFTER)),
    ];
    expect(look([node(AFTER)], pods)).toBe(
      `${MINION} has started, and these do not run there again yet: coredns-1, kube-proxy-1`,
    );
  });

  test("nothing once all is news, and nothing of other nodes, of pods that end, or of a node that has not joined", () => {
    const pods = [
      pod("coredns-1", "ReplicaSet", running(AFTER)),
      pod("coredns-2", "ReplicaSet", running(BEFORE), "master1.example.com"),
      pod("job-1", "Job", { terminated: { exitCode: 0 } }),
      pod("kube-proxy-2", "DaemonSet", { waiting: { reason: "ContainerCreating" } }, MINION, AFTER),
    ];
    expect(look([node(AFTER)], pods)).toBeUndefined();
    expect(look([node(BEFORE, "master1.example.com")], [])).toBeUndefined();
  });

  test("a time within the boot's own second is news, as the API tells whole seconds", () => {
    expect(look([node("2026-11-29T10:00:00Z")], [], BOOT + 900)).toBeUndefined();
  });
});
