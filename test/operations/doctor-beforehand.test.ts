import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { ClusterContext } from "../../src/engine/context.js";
import { openContext } from "../../src/engine/open-context.js";
import { openRunLog } from "../../src/engine/run-log.js";
import { checkPrerequisites } from "../../src/operations/up/steps/check-prerequisites.js";
import { findBox } from "../../src/operations/up/steps/find-box.js";
import { up } from "../../src/operations/up/up.js";
import { vagrantMachines } from "../../src/machines/vagrant-machines.js";
import { silentProgress } from "../../src/base/progress.js";
import { createVagrant } from "../../src/vagrant/create-vagrant.js";
import { fakeComputer } from "../fakes/fake-computer.js";
import { fakeVagrant } from "../vagrant/fake-vagrant.js";
import { FakeWorld, SPEC } from "./fake-world.js";

const signal = new AbortController().signal;

afterEach(() => {
  vi.unstubAllEnvs();
});

function upIn(world: FakeWorld): ReturnType<typeof up> {
  return up({ folder: world.folder, overrides: {}, tools: world.tools(), progress: world.progress(), signal });
}

describe("the quick part of doctor in up", () => {
  it("adds no Vagrant call to up's own, and starts no other program", async () => {
    const box = "alpine-3.24-containerd-kubernetes-v1.36.1";
    const fake = fakeVagrant([
      { args: "--version", stdout: ["Vagrant 2.4.9"] },
      { args: "box list", stdout: [`1,,box-name,${box}`, "1,,box-provider,libvirt"] },
    ]);
    const world = await FakeWorld.create(SPEC);
    // Every program of this computer is refused, and every check has something to report.
    world.computer = fakeComputer({
      programs: {},
      env: { HTTPS_PROXY: "http://proxy:3128" },
      files: { "/proc/cpuinfo": "" },
    });
    const vagrant = createVagrant({ folder: world.folder, provider: "libvirt", log: () => undefined });
    const tools = {
      ...world.tools(),
      machines: (input: Parameters<ReturnType<FakeWorld["tools"]>["machines"]>[0]) =>
        Promise.resolve(vagrantMachines({ ...input, vagrant })),
    };
    const log = openRunLog(join(world.folder, "logs"), "test");
    const { folder } = world;
    const opened = await openContext({ folder, overrides: {}, tools, progress: silentProgress, signal, log });
    const context: ClusterContext = opened.context;
    expect(await checkPrerequisites(opened.newFiles).plan?.(context)).toEqual([]);
    expect(fake.commands()).toEqual(["--version"]);
    expect(await findBox({ builds: true }).plan?.(context)).toMatch(/^Vagrant has alpine-.*, version 0$/);
    expect(fake.commands()).toEqual(["--version", "box list"]);
    expect(context.report.warnings.map((text) => text.split(":")[0])).toEqual([
      "/proc/cpuinfo has neither vmx nor svm",
      "HTTPS_PROXY would be asked for the API at 10.250.250.2",
    ]);
  });

  it("refuses before anything is made, with exit 3, all reasons and their commands", async () => {
    const world = await FakeWorld.create(SPEC);
    world.computer = fakeComputer({
      addresses: () => [{ name: "eth1", cidr: "10.250.250.9/24" }],
      freeDisk: () => Promise.resolve(10),
    });
    await expect(upIn(world)).rejects.toMatchObject({
      kind: "prerequisite",
      message: expect.stringMatching(
        /^Check this computer: disk: 10 MiB are free .*\nsubnet-routes: the cluster network/,
      ) as string,
      hints: ["df -h '/var/lib/libvirt/images'", "alpine-k8s up --network 10.250.251.0/24", "alpine-k8s doctor"],
    });
    expect(world.transcript.filter((line) => line.includes("vagrant up"))).toEqual([]);
    expect(existsSync(join(world.folder, ".alpine-k8s", "identity.yaml"))).toBe(false);
  });

  it("tells warnings once, in the summary too; a cluster that is there is not asked again", async () => {
    const world = await FakeWorld.create(SPEC);
    world.computer = fakeComputer({ memory: () => Promise.resolve({ total: 5000, available: 5000, swap: 0 }) });
    const text =
      "3 machine(s) are declared with 6144 MiB together; here are 5000 MiB, 5000 MiB of them free; to fix it: " +
      '"${EDITOR:-vi}" alpine-k8s.yaml';
    expect((await upIn(world)).warnings).toEqual([text]);
    expect(world.warnings).toEqual([text]);
    world.computer = fakeComputer({ freeDisk: () => Promise.resolve(10) });
    expect((await upIn(world)).warnings).toEqual([]);
  });
});
