import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import type { ClientPlatform } from "../../src/operations/kubectl/choice.js";
import {
  kubectlConfig,
  planKubectlConfig,
  planUndoKubectlConfig,
  undoKubectlConfig,
} from "../../src/operations/kubectl/kubectl-config.js";
import { up } from "../../src/operations/up/up.js";
import { adminConfig } from "../kubeconfig/merge-inputs.js";
import { FakeWorld, SPEC } from "../operations/fake-world.js";
import { idsOf } from "../operations/plans.js";
import { treeOf } from "../stories/support/tree.js";
import { fakeKubectl, release, serve } from "./server.js";

const VERSION = "v1.36.1";
const DOWNLOAD = "bring-kubectl/-/download";
const WRITE = "write-admin-config/-/write";
const MERGE = "merge-kubeconfig/-/merge";

let world: FakeWorld;
let computer: ClientPlatform;
let mirror: string;
beforeEach(async () => {
  world = await FakeWorld.create(SPEC);
  const home = join(world.folder, "a home");
  computer = { platform: "linux", arch: "x64", env: { PATH: join(home, "bin") }, home, cwd: world.folder };
  mirror = (await serve(release(VERSION, fakeKubectl(VERSION, "echo master1 Ready control-plane 3h v1.36.1")))).url;
  await up({ ...around(), overrides: {} });
  world.transcript.splice(0);
});

function around() {
  const signal = new AbortController().signal;
  return { folder: world.folder, tools: world.tools(), progress: world.progress(), signal, computer };
}

function input(changes: { readonly merge?: boolean; readonly force?: boolean } = {}) {
  return { ...around(), mirror, merge: false, use: false, force: false, ...changes };
}

/** Plans and demands that nothing changed, in the folder and in the home folder inside it. */
async function planned(changes?: Parameters<typeof input>[0]): Promise<readonly string[]> {
  const before = await treeOf(world.folder, /^$/);
  const { certain, all } = idsOf(await planKubectlConfig(input(changes)));
  expect(await treeOf(world.folder, /^$/)).toEqual(before);
  expect(certain).toEqual(all);
  return all;
}

describe("kubectl-config --dry-run", () => {
  it("names the download, and nothing once kubectl is there", async () => {
    expect(await planned()).toEqual([DOWNLOAD]);
    await kubectlConfig(input());
    expect(await planned()).toEqual([]);
    expect((await kubectlConfig(input())).kubectl.source).toBe("kept");
  });

  it("names admin.config where it is gone or another cluster's, and reads it from the master alone", async () => {
    await kubectlConfig(input());
    const path = join(world.folder, "admin.config");
    await rm(path);
    expect(await planned()).toEqual([WRITE]);
    await writeFile(path, await adminConfig("demo"));
    expect(await planned()).toEqual([WRITE]);
    expect(world.transcript.filter((line) => !line.endsWith("(read only)"))).toEqual([]);
    await kubectlConfig(input());
    expect(await planned()).toEqual([]);
  });

  it("--merge names the user's file, and nothing once the cluster is in it", async () => {
    await kubectlConfig(input());
    expect(await planned({ merge: true })).toEqual([MERGE]);
    await kubectlConfig(input({ merge: true }));
    expect(await planned({ merge: true })).toEqual([]);
  });

  it("--merge is refused as the run is where the entries are another cluster's", async () => {
    await kubectlConfig(input());
    const file = join(computer.home, ".kube", "config");
    await mkdir(join(file, ".."), { recursive: true });
    await writeFile(file, await adminConfig("demo"));
    await expect(planKubectlConfig(input({ merge: true }))).rejects.toMatchObject({ kind: "conflict" });
    await expect(kubectlConfig(input({ merge: true }))).rejects.toMatchObject({ kind: "conflict" });
    expect(await planned({ merge: true, force: true })).toEqual([MERGE]);
  });

  it("--undo names the user's file, and is refused where nothing was merged", async () => {
    await expect(planUndoKubectlConfig(around())).rejects.toMatchObject({ kind: "usage" });
    await kubectlConfig(input({ merge: true }));
    const before = await treeOf(world.folder, /^$/);
    const plan = await planUndoKubectlConfig(around());
    expect(await treeOf(world.folder, /^$/)).toEqual(before);
    expect(plan).toMatchObject({ command: "kubectl-config --undo", cluster: "demo" });
    expect(plan.steps.flatMap(({ items }) => items.map(({ text }) => text))).toEqual([
      `take the cluster out of ${join(computer.home, ".kube", "config")}`,
    ]);
    await undoKubectlConfig(around());
    await expect(planUndoKubectlConfig(around())).rejects.toMatchObject({ kind: "usage" });
  });
});
