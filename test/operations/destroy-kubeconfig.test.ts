import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { destroyCluster, type DestroySummary } from "../../src/operations/destroy/destroy.js";
import { up } from "../../src/operations/up/up.js";
import { mergeIntoFile } from "../../src/kubeconfig/merge-file.js";
import { FakeWorld, SPEC } from "./fake-world.js";

const MINE = "apiVersion: v1\nkind: Config\n# my own\nclusters: []\n";

let world: FakeWorld;
let file: string;
beforeEach(async () => {
  world = await FakeWorld.create(SPEC);
  await up({ ...around(), overrides: {} });
  file = join(world.folder, "home", "config");
  await mkdir(join(world.folder, "home"));
  await writeFile(file, MINE);
});

function around() {
  const { signal } = new AbortController();
  return { folder: world.folder, tools: world.tools(), progress: world.progress(), signal };
}

async function merge(): Promise<void> {
  const adminConfig = await readFile(join(world.folder, "admin.config"), "utf8");
  const { signal } = around();
  await mergeIntoFile({ files: [file], adminConfig, use: true, force: false, signal });
}

function destroy(): Promise<DestroySummary> {
  const computer = { platform: "linux", arch: "x64", env: { KUBECONFIG: file }, home: "/nowhere", cwd: "/" };
  return destroyCluster({ ...around(), force: false, computer, confirm: () => Promise.resolve(true) });
}

describe("destroy and the user's kubeconfig", () => {
  it("takes the cluster out of the file that it was merged into", async () => {
    await merge();
    expect(await readFile(file, "utf8")).toContain("current-context: demo");
    expect((await destroy()).kubeconfig).toBe(file);
    expect(await readFile(file, "utf8")).toBe(MINE);
  });

  it("leaves a file alone that it was not merged into", async () => {
    expect((await destroy()).kubeconfig).toBeNull();
    expect(await readFile(file, "utf8")).toBe(MINE);
  });

  it("goes on when the file cannot be read, and says what stays", async () => {
    await merge();
    await rm(file);
    await writeFile(file, "{ not YAML");
    expect((await destroy()).kubeconfig).toBeNull();
    expect(world.warnings.join()).toMatch(/config.*stay in your kubeconfig$/);
    expect(await readFile(file, "utf8")).toBe("{ not YAML");
  });
});
