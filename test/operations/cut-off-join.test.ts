import { beforeEach, describe, expect, it } from "vitest";
import { up } from "../../src/operations/up/up.js";
import { AlpineK8sError } from "../../src/base/errors.js";
import { FakeWorld, SPEC } from "./fake-world.js";

const NO_API = "alpine-k8s: API: this master is finished and its API does not answer (nothing was reset)";

let world: FakeWorld;

/** A cluster of `masters` masters; the second's join was interrupted as soon as etcd had counted it. */
async function cutOff(masters: number): Promise<void> {
  world = await FakeWorld.create(`${SPEC}  nodes: { masters: { count: ${masters} }, minions: { count: 1 } }\n`);
  await run();
  Object.assign(world.machine("master1"), { api: "down" });
  Object.assign(world.machine("master2"), { state: "started", kubelet: "not running", api: "none" });
  const member = world.etcd.members[1];
  if (member === undefined) throw new Error("master2 is not in etcd");
  member.name = "";
  world.failures.set("master1$ master.sh", { exitCode: 16, stderr: NO_API });
}

function run(): Promise<unknown> {
  const { folder } = world;
  const signal = new AbortController().signal;
  return up({ folder, overrides: {}, tools: world.tools(), progress: world.progress(), signal });
}

async function failure(): Promise<AlpineK8sError> {
  const error: unknown = await run().catch((reason: unknown) => reason);
  if (error instanceof AlpineK8sError) return error;
  throw new Error("no such failure", { cause: error });
}

describe("a second master's join that was cut off as soon as etcd counted it", () => {
  beforeEach(() => cutOff(2));

  it("is told with what to type, and nothing is changed on master1", async () => {
    world.transcript.splice(0);
    const error = await failure();
    expect([error.kind, error.node]).toEqual(["unhealthy", "master1"]);
    expect(error.message).toBe(
      "Initialise the control plane: master1: etcd has no leader: it counts a second member and needs both, and master2 " +
        "has not joined. Its join was cut off just then, or its machine is new. Nothing is lost: all data are on master1",
    );
    expect(error.hints).toEqual([
      'let etcd continue as a single member (docs/masters.md, "When a join was cut off"). As root on master1, with: alpine-k8s ssh master1',
      "cp -a /var/lib/etcd /var/lib/etcd.before && cp -p /etc/kubernetes/manifests/etcd.yaml /root/etcd.yaml",
      "sed 's/^    - etcd$/&\\n    - --force-new-cluster/' /root/etcd.yaml >/root/alone.yaml && mv /root/alone.yaml /etc/kubernetes/manifests/etcd.yaml",
      "until wget -q -O - http://127.0.0.1:2381/metrics | grep '^etcd_server_has_leader 1'; do sleep 2; done",
      "mv /root/etcd.yaml /etc/kubernetes/manifests/etcd.yaml",
      "then here: alpine-k8s up",
    ]);
    expect(world.transcript.filter((line) => line.includes("master1$ ") && !line.includes("(read only)"))).toEqual([
      "Initialise the control plane / master1$ master.sh",
    ]);
  });

  it("is over once etcd goes on alone: the next up lets master2 join", async () => {
    world.etcd.members.pop();
    world.failures.clear();
    await run();
    expect(world.etcd.names()).toEqual(["master1", "master2"]);
  });

  it.each<[string, () => void]>([
    ["etcd has a leader", () => world.etcd.members.pop()],
    ["master2 has joined, and may only be off", () => Object.assign(world.machine("master2"), { state: "finished" })],
    ["etcd tells nothing", () => world.failures.set("master1$ etcd metrics", { exitCode: 1, stderr: "" })],
  ])("is not what is told when %s", async (_, change) => {
    change();
    const error = await failure();
    expect(error.message).toContain(NO_API);
    expect(error.hints.join()).not.toContain("force-new-cluster");
  });
});

it("of three masters, the two others are the majority: nothing of this is told", async () => {
  await cutOff(3);
  expect((await failure()).message).toContain(NO_API);
});
