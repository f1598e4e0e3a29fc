import { setTimeout as sleep } from "node:timers/promises";
import type { Tools } from "../../../src/engine/tools.js";
import type { RemoteHost } from "../../../src/remote/remote-host.js";
import type { KubeObject } from "../../../src/kube/kube-api.js";
import type { FakeWorld } from "../fake-world.js";

/** What a command takes and says, in units of time: before each line, and after the last one. */
type Course = readonly (readonly [number, string])[];

const INIT: Course = [
  [2, "[preflight] Pulling images required for setting up a Kubernetes cluster"],
  [1, "I1129 10:00:00.123456     100 checks.go:854] pulling: registry.k8s.io/kube-apiserver:v1.36.1"],
  [8, "I1129 10:00:08.123456     100 checks.go:854] pulling: registry.k8s.io/etcd:3.6.0-0"],
  [6, '[certs] Generating "ca" certificate and key'],
  [4, "[wait-control-plane] Waiting for the kubelet to boot up the control plane as static Pods"],
  [20, "[apiclient] All control plane components are healthy after 20.0 seconds"],
  [5, "done"],
];
const COURSES: Readonly<Record<string, Course>> = {
  facts: [[2, "fact os alpine"]],
  "shared.sh": [[12, "condition sysctls fatal fixed not yet"]],
  "master.sh": INIT,
  "minion.sh": [
    [1, "waiting for api.demo.example.com:6443 to take connections, at most 300 s"],
    [4, "[kubelet-start] Starting the kubelet"],
    [14, "This node has joined the cluster"],
  ],
};
const DNS: Course = [
  [1, "waiting for the network"],
  [15, "the network is ready"],
];

/** Now, as the cluster tells times. */
const second = (): string => `${new Date().toISOString().slice(0, 19)}Z`;

/** A node or pod that is young, and ready. */
function withTimes(object: KubeObject): KubeObject {
  const lastTransitionTime = second();
  const condition = (type: string): object => ({ type, status: "True", lastTransitionTime });
  const { addresses, nodeInfo } = (object["status"] ?? {}) as Readonly<Record<string, unknown>>;
  const nodeName = /(?:master|minion)\d$/.exec(object.metadata.name)?.[0];
  return {
    ...object,
    metadata: { ...object.metadata, creationTimestamp: lastTransitionTime },
    ...(object.kind === "Pod" ? { spec: { ...(object["spec"] as object), nodeName: `${nodeName}.example.com` } } : {}),
    status: {
      ...(object["status"] as object | undefined),
      ...{ addresses, nodeInfo, conditions: [condition("PodScheduled"), condition("Ready")] },
      containerStatuses: [{ state: { running: { startedAt: lastTransitionTime } } }],
    },
  };
}

function pulled(): KubeObject {
  const message =
    'Successfully pulled image "ghcr.io/flannel-io/flannel:v0.27.4" in 1.234s (1.5s including waiting). Image size: 33554432 bytes.';
  return {
    ...{ apiVersion: "v1", kind: "Event", metadata: { name: "flannel" }, message, lastTimestamp: second() },
    source: { host: "minion1.example.com" },
  };
}

/** The tools of a world in which machines, connections and commands take their time; `unit`: milliseconds. */
export function slowTools(world: FakeWorld, unit: number): Tools {
  const tools = world.tools();
  let masters = 0;
  const courseOf = (name: string): Course =>
    name === "master.sh" && ++masters > 1 ? DNS : (COURSES[name] ?? [[1, ""]]);
  const slow = (host: RemoteHost): RemoteHost => ({
    ...host,
    run: async (command) => {
      for (const [units, line] of courseOf(command.name)) {
        await sleep(units * unit);
        command.onLine?.(line, "stdout");
      }
      return host.run(command);
    },
  });
  return {
    ...tools,
    kube: async (input) => {
      world.pulledEvents = [pulled()];
      const api = await tools.kube(input);
      return { ...api, list: async (path: string) => (await api.list(path)).map(withTimes) };
    },
    connect: async (target, options) => {
      await sleep(3 * unit);
      return slow(await tools.connect(target, options));
    },
    machines: async (input) => {
      const machines = await tools.machines(input);
      return {
        ...machines,
        start: (names, events) =>
          machines
            .start(names, {
              ...events,
              // One machine is made after the other.
              onReady: (name) => void sleep(30 * unit * (1 + names.indexOf(name))).then(() => events.onReady(name)),
            })
            .then(() => sleep(30 * unit * names.length)),
      };
    },
  };
}
