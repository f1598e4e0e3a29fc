import { existsSync } from "node:fs";
import { appendFile, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { fileAction } from "../../src/engine/item.js";
import { mergeIntoFile } from "../../src/kubeconfig/merge-file.js";
import { destroyCluster, planDestroy } from "../../src/operations/destroy/destroy.js";
import { up } from "../../src/operations/up/up.js";
import { AlpineK8sError } from "../../src/base/errors.js";
import { treeOf } from "../stories/support/tree.js";
import { FakeWorld, SPEC } from "./fake-world.js";
import { idsOf } from "./plans.js";

const HOSTS = `${SPEC.replace("vagrant: { provider: libvirt }", "provider: hosts")}  hosts:
    - { name: master1, role: master, address: 192.168.7.2 }
    - { name: minion1, role: minion, address: 192.168.7.10 }
`;

/** A cluster that is up, with the files by which Vagrant knows its machines. */
async function bring(spec = SPEC): Promise<FakeWorld> {
  const world = await FakeWorld.create(spec);
  await up({ ...input(world), overrides: {} });
  for (const name of spec === SPEC ? ["master1", "minion1", "minion2"] : []) {
    const folder = join(world.folder, ".vagrant/machines", name, "libvirt");
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, "id"), `id-of-${name}`);
  }
  world.transcript.splice(0);
  return world;
}

function input(world: FakeWorld, KUBECONFIG = "/nowhere/config") {
  const { signal } = new AbortController();
  const computer = { platform: "linux", arch: "x64", env: { KUBECONFIG }, home: "/nowhere", cwd: "/" };
  const around = { folder: world.folder, tools: world.tools(), progress: world.progress(), signal, computer };
  return { ...around, force: false, confirm: () => Promise.resolve(true) };
}

/** The ids of the plan, that changed nothing. */
async function planned(world: FakeWorld, kubeconfig?: string): Promise<readonly string[]> {
  const before = await treeOf(world.folder, /^$/);
  const { certain, all } = idsOf(await planDestroy(input(world, kubeconfig)));
  expect(await treeOf(world.folder, /^$/)).toEqual(before);
  expect(world.transcript.filter((line) => !/\(read only\)$/.test(line))).toEqual([]);
  expect(certain).toEqual(all);
  world.transcript.splice(0);
  return all;
}

/** The same ids, from what a run that has ended says that it did. */
async function done(world: FakeWorld, kubeconfig?: string): Promise<readonly string[]> {
  const { machines, removed, kubeconfig: file } = await destroyCluster(input(world, kubeconfig));
  const verb =
    machines.length > 0 && world.transcript.some((line) => line.includes("vagrant destroy")) ? "destroy" : "reset";
  return [
    ...machines.map((name) => `remove-machines/${name}/${verb}`),
    ...(file === null ? [] : ["leave-kubeconfig/-/undo"]),
    ...removed.map((name) => `remove-files/-/${fileAction(name)}`),
  ];
}

describe("destroy --dry-run says what destroy does", () => {
  it("with machines of Vagrant", async () => {
    const world = await bring();
    const ids = await planned(world);
    expect(ids).toContain("remove-machines/minion2/destroy");
    expect([...ids].sort()).toEqual([...(await done(world))].sort());
  });

  it("without a Vagrantfile, that has to be rendered first", async () => {
    const world = await bring();
    await rm(join(world.folder, "Vagrantfile"));
    const ids = await planned(world);
    expect(ids[0]).toBe("remove-machines/-/render");
    expect([...ids.slice(1)].sort()).toEqual([...(await done(world))].sort());
  });

  it("with files that were edited and a kubeconfig that it was merged into", async () => {
    const world = await bring();
    await appendFile(join(world.folder, "minion.sh"), "# mine\n");
    const file = join(world.folder, "config");
    const adminConfig = await readFile(join(world.folder, "admin.config"), "utf8");
    await mergeIntoFile({ files: [file], adminConfig, use: true, force: false, signal: new AbortController().signal });
    const ids = await planned(world, file);
    expect(ids).toContain("leave-kubeconfig/-/undo");
    expect(ids).not.toContain("remove-files/-/minion-sh");
    expect([...ids].sort()).toEqual([...(await done(world, file))].sort());
  });

  it("with hosts, one of which belongs to another cluster", async () => {
    const world = await bring(HOSTS);
    world.machine("minion1").state = "foreign";
    const ids = await planned(world);
    expect(ids.filter((id) => id.startsWith("remove-machines/"))).toEqual(["remove-machines/master1/reset"]);
    expect([...ids].sort()).toEqual([...(await done(world))].sort());
  });

  it("with hosts whose scripts are gone from the folder, and puts none there", async () => {
    const world = await bring(HOSTS);
    await rm(join(world.folder, "shared.sh"));
    const ids = await planned(world);
    expect(ids).toContain("remove-machines/minion1/reset");
    expect([...ids].sort()).toEqual([...(await done(world))].sort());
    expect((await readdir(world.folder)).sort()).toEqual(["alpine-k8s.yaml", "network.yaml"]);
  });
});

describe("destroy --dry-run fails", () => {
  it("as destroy does for a host that does not answer, unless forced", async () => {
    const world = await bring(HOSTS);
    const dead = new AlpineK8sError("node", "minion1: no route to host", { node: "minion1" });
    const tools = world.tools();
    const given = {
      ...input(world),
      tools: {
        ...tools,
        connect: (...args: Parameters<typeof tools.connect>) =>
          args[0].name === "minion1" ? Promise.reject(dead) : tools.connect(...args),
      },
    };
    await expect(planDestroy(given)).rejects.toMatchObject({
      kind: "node",
      hints: ["alpine-k8s destroy --force  (when a machine is gone for good: it is left as it is)"],
    });
    const { all } = idsOf(await planDestroy({ ...given, force: true }));
    expect(all.filter((id) => id.startsWith("remove-machines/"))).toEqual(["remove-machines/master1/reset"]);
  });

  it("in a folder without a cluster", async () => {
    const world = await FakeWorld.create(SPEC);
    await expect(planDestroy(input(world))).rejects.toMatchObject({ kind: "usage" });
    expect(existsSync(join(world.folder, ".alpine-k8s"))).toBe(false);
  });
});
