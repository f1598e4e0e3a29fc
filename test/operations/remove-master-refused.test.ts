import { readFile } from "node:fs/promises";
import { beforeEach, describe, expect, it } from "vitest";
import { removeNodeSteps } from "../../src/operations/remove-node/remove-node.js";
import { up } from "../../src/operations/up/up.js";
import { AlpineK8sError } from "../../src/base/errors.js";
import {
  THREE,
  world,
  cluster,
  begin,
  path,
  around,
  remove,
  refusal,
  endpointMoves,
  did,
  CHANGES,
  spec,
  dead,
} from "./several-masters.js";

describe("what is refused", () => {
  beforeEach(() => begin(THREE));

  it("is the last master that can be asked, forced or not", async () => {
    Object.assign(world.machine("master2"), { running: false });
    Object.assign(world.machine("master3"), { state: "started", api: "none" });
    const error = await refusal("master1", { force: true });
    expect([error.kind, error.message]).toEqual([
      "unhealthy",
      "master1 runs a control plane, and no other master can be asked (master2 does not answer by ssh, master3 is not set up as a master): the cluster would be gone with it; nothing was changed",
    ]);
    expect(error.hints).toContain("alpine-k8s destroy  (removes the whole cluster)");
    expect(did(CHANGES)).toEqual([]);
  });

  it("is a living one while another is dead: etcd would have no majority; forced, etcd is asked", async () => {
    Object.assign(world.machine("master2"), dead);
    const error = await refusal("master3");
    expect([error.kind, error.message]).toEqual([
      "unhealthy",
      "without master3 etcd would have no majority: of the 2 members that stay, these do not run: master2; nothing was changed",
    ]);
    expect(error.hints[1]).toBe("alpine-k8s remove-node master2  (one that will not come back goes first)");
    expect(did(CHANGES)).toEqual([]);
    const words = "etcdserver: re-configuration failed due to not enough started members";
    world.onCommand = (line) => void (line.endsWith("etcd member remove") && world.etcd.failures.push(words));
    const refused = await refusal("master3", { force: true });
    expect([refused.kind, refused.message]).toEqual([
      "conflict",
      `Remove its member from etcd: etcd, asked on master1, does not let master3.example.com go: ${words}`,
    ]);
    expect(refused.hints.at(-1)).toContain("uncordon master3.example.com");
    expect(did(/vagrant|DELETE/)).toEqual([]);
    world.onCommand = () => undefined;
    expect((await remove("master2")).nodes).toEqual(["master1", "master3", "minion1"]);
  });

  it("is one beside a member that never came up, by its address", async () => {
    world.etcd.add("", "10.250.250.77");
    world.etcd.members.splice(1, 1);
    expect((await refusal("master3")).message).toContain("these do not run: the one at https://10.250.250.77:2380;");
  });

  it("is any, when etcd does not answer; nothing is changed", async () => {
    world.etcd.failures.push(...Array<string>(50).fill("context deadline exceeded"));
    const error = await refusal("master3", { force: true });
    expect([error.kind, error.message]).toEqual([
      "timeout",
      "gave up after 60 s waiting for etcd, asked on master1, to tell its members: context deadline exceeded",
    ]);
    expect(did(CHANGES)).toEqual([]);
  });
});

describe("a removal that was ended", () => {
  const titles = removeNodeSteps(true).map((step) => [step.title]);
  const last = titles.slice(-2).flat();
  beforeEach(() => begin(THREE));

  async function expectGone(): Promise<void> {
    expect(world.etcd.names()).toEqual(["master2", "master3"]);
    expect(await spec()).not.toContain("master1");
    expect(world.machine("master1").exists).toBe(false);
    expect([...cluster.nodes.keys()]).toEqual(["master2", "master3", "minion1"].map((name) => `${name}.example.com`));
    expect(await readFile(path("admin.config"), "utf8")).toContain("https://10.250.250.3:6443");
    expect(world.machine("minion1").unmet).toEqual([]);
  }

  it.each(titles)("by a kill after «%s» is finished by the next, or by up", async (title = "") => {
    endpointMoves("minion1");
    const kill = (ended: string): void => {
      if (ended === title) throw new Error("killed");
    };
    cluster.pod("web-1", "master1");
    await expect(
      remove("master1", { progress: { ...world.progress(), stepDone: kill, stepSkipped: kill } }),
    ).rejects.toThrow("killed");
    if (last.includes(title)) {
      expect((await refusal("master1")).message).toContain("cluster demo has no node master1");
      await up({ ...around(), tools: world.tools(), overrides: {} });
    } else await remove("master1");
    await expectGone();
  });

  it("says, once it has left etcd, that it cannot be kept", async () => {
    world.onCommand = (line) => {
      if (line.includes("vagrant destroy")) throw new AlpineK8sError("node", "the provider is away");
    };
    const hint = "alpine-k8s remove-node master1  (goes on; it has left etcd and cannot be kept)";
    expect((await refusal("master1")).hints.at(-1)).toBe(hint);
    expect((await refusal("master1")).hints.at(-1)).toBe(hint);
  });
});
