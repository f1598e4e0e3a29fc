import { existsSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { destroyCluster, type DestroyInput, type DestroySummary } from "../../src/operations/destroy/destroy.js";
import type { Tools } from "../../src/engine/tools.js";
import { up } from "../../src/operations/up/up.js";
import { AlpineK8sError } from "../../src/base/errors.js";
import { FakeWorld } from "./fake-world.js";

const HOSTS = `apiVersion: alpine-k8s/v1
kind: Cluster
metadata: { name: demo }
spec:
  kubernetes: { version: "v1.36.1" }
  provider: hosts
  addons: [{ name: canal, manifest: network.yaml }]
  hosts:
    - { name: master1, role: master, address: 192.168.7.2 }
    - { name: minion1, role: minion, address: 192.168.7.10 }
`;

let world: FakeWorld;
beforeEach(async () => {
  world = await FakeWorld.create(HOSTS);
  await up({ ...around(), overrides: {} });
  world.transcript.splice(0);
});

function around(): Pick<DestroyInput, "folder" | "tools" | "progress" | "signal"> {
  const { signal } = new AbortController();
  return { folder: world.folder, tools: world.tools(), progress: world.progress(), signal };
}

function destroy(changes: Partial<DestroyInput> = {}): Promise<DestroySummary> {
  return destroyCluster({ ...around(), force: false, confirm: () => Promise.resolve(true), ...changes });
}

/** The world's tools, but minion1 cannot be reached. */
function withoutMinion(): Tools {
  const tools = world.tools();
  const dead = new AlpineK8sError("node", "minion1: no route to host", { node: "minion1", hints: ["ssh minion1"] });
  return {
    ...tools,
    connect: (target, options) => (target.name === "minion1" ? Promise.reject(dead) : tools.connect(target, options)),
  };
}

const resets = (): string[] => world.transcript.filter((line) => line.includes("reset.sh")).sort();
const stateIsThere = (): boolean => existsSync(join(world.folder, ".alpine-k8s/identity.yaml"));

describe("destroy with provider hosts", () => {
  it("resets every node", async () => {
    expect(await destroy()).toMatchObject({ machines: ["master1", "minion1"], left: [] });
    expect(resets()).toEqual(["Remove machines / master1$ reset.sh", "Remove machines / minion1$ reset.sh"]);
    expect(stateIsThere()).toBe(false);
  });

  it("of which one does not answer keeps the cluster's files, and says how to go on without it", async () => {
    const failure = destroy({ tools: withoutMinion() });
    await expect(failure).rejects.toMatchObject({
      kind: "node",
      message: expect.stringContaining("minion1: no route to host") as string,
      hints: expect.arrayContaining([
        "ssh minion1",
        "alpine-k8s destroy --force  (when a machine is gone for good: it is left as it is)",
      ]) as string[],
    });
    expect(stateIsThere()).toBe(true);
    expect(resets()).toEqual([]);
  });

  it("of which one fails resets the others, says so, and goes on when it is given again", async () => {
    world.failures.set("minion1$ reset.sh", { exitCode: 1, stderr: "kubeadm reset hangs" });
    await expect(destroy()).rejects.toThrow(
      /^Remove machines: minion1: reset\.sh ended with exit code 1\n.*kubeadm reset hangs/s,
    );
    expect(world.warnings).toContain("reset already: master1");
    expect(stateIsThere()).toBe(true);
    world.failures.clear();
    expect(await destroy()).toMatchObject({ machines: ["master1", "minion1"], left: [] });
  });

  it("forced, leaves the one that does not answer, and tells what to do should it come back", async () => {
    expect(await destroy({ tools: withoutMinion(), force: true })).toMatchObject({
      machines: ["master1"],
      left: ["minion1"],
    });
    expect(world.warnings).toContain(
      "minion1 was not reset: minion1: no route to host; should it come back, run kubeadm reset on it",
    );
    expect(stateIsThere()).toBe(false);
  });

  it("leaves a machine of another cluster alone, and names it", async () => {
    world.machine("minion1").state = "foreign";
    expect(await destroy()).toMatchObject({ machines: ["master1"], left: ["minion1"] });
    expect(resets()).toEqual(["Remove machines / master1$ reset.sh"]);
    expect(world.warnings).toContain("minion1 belongs to another cluster and is left alone");
  });
});
