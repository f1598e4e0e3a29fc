import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { AlpineK8sError } from "../../src/base/errors.js";
import type { Tools } from "../../src/engine/tools.js";
import { mergeIntoFile } from "../../src/kubeconfig/merge-file.js";
import { up } from "../../src/operations/up/up.js";
import { adminConfig } from "../kubeconfig/merge-inputs.js";
import { FakeWorld, SPEC } from "./fake-world.js";

const HOSTS = `${SPEC.replace("vagrant: { provider: libvirt }", "provider: hosts")}  hosts:
    - { name: master1, role: master, address: 192.168.7.2 }
    - { name: master2, role: master, address: 192.168.7.3 }
    - { name: master3, role: master, address: 192.168.7.4 }
    - { name: minion1, role: minion, address: 192.168.7.10 }
    - { name: minion2, role: minion, address: 192.168.7.11 }
`;

let world: FakeWorld;
const inFolder = (name: string): Promise<string> => readFile(join(world.folder, name), "utf8");

/** Tools with which these nodes do not answer by ssh. */
function without(...dead: readonly string[]): Tools {
  const tools = world.tools();
  return {
    ...tools,
    connect: (target, options) =>
      dead.includes(target.name)
        ? Promise.reject(new AlpineK8sError("node", `${target.name}: no ssh connection`, { node: target.name }))
        : tools.connect(target, options),
  };
}

async function comeUp(tools = world.tools()): Promise<void> {
  const signal = new AbortController().signal;
  await up({ folder: world.folder, tools, progress: world.progress(), signal, overrides: {} });
}

async function failureOfUp(tools: Tools): Promise<AlpineK8sError> {
  const failure: unknown = await comeUp(tools).catch((error: unknown) => error);
  if (failure instanceof AlpineK8sError) return failure;
  throw new Error("up did not fail in words");
}

describe("up with a node that does not answer", () => {
  beforeEach(async () => {
    world = await FakeWorld.create(HOSTS);
  });

  it("does all else first, then ends with exit 4 and both ways out", async () => {
    const failure = await failureOfUp(without("minion2"));
    expect(failure).toMatchObject({ kind: "node", node: "minion2" });
    expect(failure.message).toBe("Join the minions: minion2: no ssh connection");
    expect(failure.hints).toEqual([
      "alpine-k8s up  (when minion2 can be repaired)",
      "alpine-k8s remove-node minion2 && alpine-k8s add-node minion2 --address ADDRESS  (when it is gone for good)",
    ]);
    expect(world.warnings).toContain("minion2: no ssh connection; the rest is done without it");
    for (const name of ["master2", "master3", "minion1"]) expect(world.machine(name).state).toBe("finished");
    expect(await inFolder("admin.config")).toContain("https://192.168.7.2:6443");
  });

  it("names the ways out for each of several", async () => {
    await comeUp();
    const failure = await failureOfUp(without("master3", "minion1"));
    expect(failure.message).toBe(
      "bringing up failed on 2 node(s):\n  master3: no ssh connection\n  minion1: no ssh connection",
    );
    expect(failure.hints.filter((hint) => hint.includes("remove-node"))).toEqual([
      "alpine-k8s remove-node master3 && alpine-k8s add-node master3 --role master --address ADDRESS  (when it is gone for good)",
      "alpine-k8s remove-node minion1 && alpine-k8s add-node minion1 --address ADDRESS  (when it is gone for good)",
    ]);
  });

  it("finishes once the node is there again", async () => {
    await failureOfUp(without("minion2"));
    await comeUp();
    expect(world.machine("minion2").state).toBe("finished");
  });
});

describe("up after master1 of three was lost", () => {
  it("writes an admin.config that leads to a master that answers, and says so", async () => {
    world = await FakeWorld.create(HOSTS);
    await comeUp();
    const failure = await failureOfUp(without("master1"));
    expect(failure).toMatchObject({ kind: "node", node: "master1" });
    expect(await inFolder("admin.config")).toContain("https://192.168.7.3:6443");
    expect(world.warnings).toContain("admin.config leads to master2 now; it led to master1");
  });

  it("brings the entries in the user's kubeconfig up to date, when the cluster was merged into it", async () => {
    world = await FakeWorld.create(HOSTS);
    const home = join(world.folder, "home");
    world.computer = { ...world.computer, home, env: {} };
    await comeUp();
    const file = join(home, ".kube", "config");
    const signal = new AbortController().signal;
    const merging = {
      files: [file] as [string],
      adminConfig: await inFolder("admin.config"),
      use: true,
      force: false,
      signal,
    };
    await mergeIntoFile(merging);
    expect(await readFile(file, "utf8")).toContain("https://192.168.7.2:6443");
    await failureOfUp(without("master1"));
    expect(await readFile(file, "utf8")).toContain("https://192.168.7.3:6443");
  });

  it.each([
    ["whose entries were taken out by hand", "apiVersion: v1\nkind: Config\n"],
    ["that cannot be read", "{ not: [yaml\n"],
    ["whose entries of that name are another cluster's", undefined],
  ])("leaves a kubeconfig alone %s, and fails for the node alone", async (_, text) => {
    world = await FakeWorld.create(HOSTS);
    const home = join(world.folder, "home");
    world.computer = { ...world.computer, home, env: {} };
    await comeUp();
    const file = join(home, ".kube", "config");
    const signal = new AbortController().signal;
    const own = await inFolder("admin.config");
    await mergeIntoFile({ files: [file], adminConfig: own, use: true, force: false, signal });
    const theirs = text ?? (await adminConfig("demo"));
    await writeFile(file, theirs);
    const failure = await failureOfUp(without("master1"));
    expect(failure).toMatchObject({ kind: "node", node: "master1" });
    expect(await inFolder("admin.config")).toContain("https://192.168.7.3:6443");
    expect(await readFile(file, "utf8")).toBe(theirs);
  });
});
