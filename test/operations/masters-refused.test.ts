import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { addNode } from "../../src/operations/add-node/add-node.js";
import { up } from "../../src/operations/up/up.js";
import { AlpineK8sError } from "../../src/base/errors.js";
import { unreachable } from "../../src/kube/kube-error.js";
import { parseSpec } from "../../src/model/spec/parse-spec.js";
import { FakeWorld, SPEC } from "./fake-world.js";

const THREE = `${SPEC}  nodes: { masters: { count: 3 }, minions: { count: 0 } }\n`;
const CLEAN = { state: "clean", role: "none", kubelet: "none", api: "none" } as const;

let world: FakeWorld;

const around = () => ({
  ...{ folder: world.folder, tools: world.tools(), progress: world.progress() },
  signal: new AbortController().signal,
});
const run = () => up({ ...around(), overrides: {} });

async function refusal(work: Promise<unknown>): Promise<AlpineK8sError> {
  const error = await work.then(
    () => undefined,
    (failure: unknown) => failure,
  );
  if (error instanceof AlpineK8sError) return error;
  throw new Error(`it was not refused: ${String(error)}`);
}

beforeEach(async () => {
  world = await FakeWorld.create(THREE);
  await run();
  world.transcript.splice(0);
});

describe("up, with a spec that has lost masters, after master1 has lost its machine, too", () => {
  beforeEach(async () => {
    await writeFile(
      join(world.folder, "alpine-k8s.yaml"),
      `${SPEC}  nodes: { masters: { count: 1 }, minions: { count: 0 } }\n`,
    );
    Object.assign(world.machine("master1"), { ...CLEAN, running: false, exists: false });
  });

  it("makes no second cluster beside a machine that was set up as a master", async () => {
    const error = await refusal(run());
    expect([error.kind, error.message]).toEqual([
      "conflict",
      "Initialise the control plane: master2 is a master that the spec does not name, and may run the cluster; no second cluster was made beside it",
    ]);
    expect(error.hints).toContain("put master2 back into alpine-k8s.yaml (role: master), then: alpine-k8s up");
    expect(world.transcript.some((line) => line.includes("master.sh"))).toBe(false);
  });

  it("makes none while the API answers that admin.config leads to", async () => {
    for (const name of ["master2", "master3"]) world.machine(name).exists = false;
    const error = await refusal(run());
    expect(error.message).toContain("admin.config leads to answers: the cluster lives on another master");
    expect(world.transcript.some((line) => line.includes("master.sh"))).toBe(false);
  });

  it("makes a new one when nothing is left of the old", async () => {
    for (const name of ["master2", "master3"]) world.machine(name).exists = false;
    world.apiFailure = unreachable("GET /readyz", "no route");
    await run();
    expect(world.transcript).toContain("Initialise the control plane / master1$ master.sh");
  });
});

it("up takes no member out of etcd that is at another address: it may live", async () => {
  Object.assign(world.machine("master3"), CLEAN);
  const member = world.etcd.members.find(({ name }) => name === "master3.example.com");
  Object.assign(member ?? {}, { address: "10.250.250.77" });
  const error = await refusal(run());
  expect([error.kind, error.message]).toEqual([
    "conflict",
    "Join the masters: master3 is a member of etcd at https://10.250.250.77:2380, and the spec says 10.250.250.4; nothing was changed",
  ]);
  expect(world.etcd.names()).toContain("master3");
});

it("add-node goes on with no other master after one that failed, and says how to continue with masters", async () => {
  world.failures.set("master4$ master.sh", { exitCode: 13, stderr: "kubeadm join: no" });
  const wish = { role: "master" as const, count: 2, shape: {}, host: {} };
  const error = await refusal(addNode({ ...around(), wish }));
  expect(error.message).toContain("master5: not tried, as master4 did not join");
  expect(error.hints).toContain("to continue: alpine-k8s add-node --role master --count 2");
  expect(world.transcript.some((line) => line.includes("master5$ master.sh"))).toBe(false);
});

it("masters whose kubelets are down are brought up together: the API of one needs the etcd of the others", async () => {
  for (const name of ["master1", "master2", "master3"]) {
    Object.assign(world.machine(name), { api: "down", kubelet: name === "master1" ? "ok" : "not running" });
  }
  await run();
  const inits = world.transcript.filter((line) => /^Initialise the control plane .*master\.sh/.test(line));
  expect(inits.map((line) => line.split(" / ")[1]).sort()).toEqual([
    ...["master1", "master2", "master3"].map((name) => `${name}$ master.sh`),
  ]);
});

it("etcd elsewhere is refused with several masters, and with one it is not", () => {
  const text = (count: number): string =>
    `spec: { nodes: { masters: { count: ${count} } }, kubernetes: { kubeadm: { ClusterConfiguration: { etcd: { external: { endpoints: [] } } } } } }\n`;
  const parse = (count: number) =>
    parseSpec({ text: text(count), source: "alpine-k8s.yaml", folderName: "demo", overrides: {} });
  expect(() => parse(3)).toThrow("with several masters, etcd runs on the masters");
  expect(parse(1).nodes.masters.count).toBe(1);
});
