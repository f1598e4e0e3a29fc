import { execFileSync } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { localSystem } from "../../src/base/local-system.js";
import { createClusterCa } from "../../src/pki/ca.js";
import { writeAtomically } from "../../src/base/files.js";
import { fakeComputer, type FakeComputerParts } from "../fakes/fake-computer.js";
import { find, subjectOf, type SubjectParts, verdict } from "./subject.js";

const CPUINFO = "/proc/cpuinfo";
const URL = '{vagrant: {box: x-kubernetes-v1.36.1, boxUrl: "https://example.com/a.json"}}';

describe("virtualization", () => {
  it.each<[string, SubjectParts, string, string]>([
    ["Intel's flag and /dev/kvm", {}, "ok", "vmx in /proc/cpuinfo, /dev/kvm"],
    [
      "AMD's flag and VirtualBox",
      { vagrantProvider: "virtualbox", computer: { files: { [CPUINFO]: "flags\t: fpu svm\n" } } },
      "ok",
      "svm in /proc/cpuinfo",
    ],
    [
      "ARM",
      { computer: { arch: "arm64", files: { [CPUINFO]: "Features : fp\n" } } },
      "ok",
      "arm64, whose flags do not tell, /dev/kvm",
    ],
    [
      "macOS (not run there)",
      { computer: { platform: "darwin" } },
      "skipped",
      "only looked at on Linux, this is darwin",
    ],
  ])("%s", async (_name, parts, expected, evidence) => {
    const found = await find("virtualization", parts);
    expect({ verdict: verdict(found), evidence: found.evidence }).toEqual({ verdict: expected, evidence });
  });

  it("without vmx and svm warns that machines are emulated and slow", async () => {
    const found = await find("virtualization", { computer: { files: { [CPUINFO]: "flags\t: fpu svml vmxnet\n" } } });
    expect(verdict(found)).toBe("failed warning");
    expect(found.evidence).toMatch(/^\/proc\/cpuinfo has neither vmx nor svm: .* machines are emulated and slow/);
  });

  it("with the flag, but without /dev/kvm, names the module to load", async () => {
    const parts = { exists: (path: string): boolean => path !== "/dev/kvm" };
    const found = await find("virtualization", { computer: parts });
    expect(found).toMatchObject({ state: "failed", weight: "warning", command: "sudo modprobe kvm_intel" });
    expect(
      (await find("virtualization", { computer: { ...parts, arch: "arm64", files: { [CPUINFO]: "" } } })).command,
    ).toBe("sudo modprobe kvm");
  });
});

describe("memory", () => {
  const memory = (total: number, available: number, swap = 0): FakeComputerParts => ({
    memory: () => Promise.resolve({ total, available, swap }),
  });
  const spec = "{nodes: {masters: {count: 1, memory: 4096}, minions: {count: 3, memory: 2048}}}";

  it.each<[string, SubjectParts, string]>([
    ["fits", { computer: memory(16_000, 12_000) }, "ok"],
    ["less than all declared machines want", { computer: memory(10_000, 10_000) }, "failed warning"],
    ["less free than those to be made want", { computer: memory(16_000, 8_000) }, "failed warning"],
    ["less free, but most are made", { computer: memory(16_000, 8_000), made: new Set(["master1", "minion1"]) }, "ok"],
    ["less than one machine wants", { computer: memory(3_000, 3_000) }, "failed error"],
    ["less than one machine wants, with swap", { computer: memory(3_000, 3_000, 2_000) }, "failed warning"],
  ])("that %s", async (_name, parts, expected) => {
    expect(verdict(await find("memory", { ...parts, spec }))).toBe(expected);
  });

  it("counts every declared node, also of a list", async () => {
    const list =
      "[{name: master1, role: master, memory: 3000}, {name: minion7, role: minion, memory: 5000}, {name: minion1, role: minion}]";
    const { evidence, command } = await find("memory", {
      computer: memory(9_000, 9_000),
      spec: `{nodes: {list: ${list}}}`,
    });
    expect(evidence).toBe(
      "3 machine(s) are declared with 10048 MiB together; here are 9000 MiB, 9000 MiB of them free",
    );
    expect(command).toBe('"${EDITOR:-vi}" alpine-k8s.yaml');
  });

  it("is not asked without a valid spec", async () => {
    expect(verdict(await find("memory", { spec: false }))).toBe("skipped");
  });

  it("is read from /proc/meminfo where there is one, else from the system", async () => {
    const file = join(mkdtempSync(join(tmpdir(), "alpine-k8s-meminfo-")), "meminfo");
    await writeAtomically(
      file,
      "MemTotal:  2048000 kB\nMemFree: 1 kB\nMemAvailable: 1024000 kB\nSwapTotal: 512000 kB\n",
    );
    expect(await localSystem(() => file).memory()).toEqual({ total: 2000, available: 1000, swap: 500 });
    expect((await localSystem(() => `${file}.none`).memory()).total).toBeGreaterThan(0);
  });
});

describe("a file in whose place a pipe stands", () => {
  it("is not waited for", async () => {
    const path = join(mkdtempSync(join(tmpdir(), "alpine-k8s-pipe-")), "Vagrantfile");
    execFileSync("mkfifo", [path]);
    expect(await localSystem().read(path)).toBeUndefined();
  });
});

describe("disk", () => {
  const disk = (free: number | undefined): FakeComputerParts => ({ freeDisk: () => Promise.resolve(free) });

  it.each<[string, SubjectParts, string]>([
    ["room for all", { computer: disk(3 * 1024) }, "ok"],
    ["little room", { computer: disk(3 * 1024 - 1) }, "failed warning"],
    ["no room", { computer: disk(599) }, "failed error"],
    ["little room, but one machine to make", { computer: disk(1100), made: new Set(["master1", "minion1"]) }, "ok"],
    ["all made", { computer: disk(0), made: new Set(["master1", "minion1", "minion2"]) }, "skipped"],
    ["nobody tells", { computer: disk(undefined) }, "skipped"],
  ])("with %s", async (_name, parts, expected) => {
    expect(verdict(await find("disk", parts))).toBe(expected);
  });

  it("is asked where the provider keeps disks", async () => {
    const asked: string[] = [];
    const freeDisk = (path: string): Promise<number> => {
      asked.push(path);
      return Promise.resolve(100_000);
    };
    for (const vagrantProvider of ["libvirt", "virtualbox", "parallels"] as const) {
      await find("disk", { vagrantProvider, computer: { freeDisk } });
    }
    expect(asked).toEqual(["/var/lib/libvirt/images", "/home/user/VirtualBox VMs", "/home/user/Parallels"]);
  });

  it("is that of the nearest folder that is there", async () => {
    const folder = mkdtempSync(join(tmpdir(), "alpine-k8s-disk-"));
    expect(await localSystem().freeDisk(join(folder, "not", "there"))).toBeGreaterThan(0);
  });
});

describe("computer-clock", () => {
  it("before the moment when the CA was made is an error", async () => {
    const early = subjectOf({ computer: { now: () => Date.parse("2020-01-01T00:00:00Z") } });
    const { certificate } = await createClusterCa({ name: "demo" });
    await writeAtomically(early.paths.caCertificate, certificate);
    const found = await find("computer-clock", early);
    expect(found).toMatchObject({ state: "failed", weight: "error", command: "sudo chronyc makestep" });
    expect(found.evidence).toMatch(/^it is 2020-01-01T00:00:00Z, the cluster's CA is valid from 20/);
    const right = { ...early, computer: fakeComputer({ now: () => Date.now() }) };
    expect(verdict(await find("computer-clock", right))).toBe("ok");
    expect(verdict(await find("computer-clock"))).toBe("skipped");
  });
});

describe("box", () => {
  const kept = (path: string, metadata: string): FakeComputerParts => ({
    env: { VAGRANT_HOME: "/boxes-home" },
    files: { [`/boxes-home/boxes/${path}/metadata.json`]: metadata },
  });
  const own = "{vagrant: {provider: libvirt, box: me/alpine-kubernetes-v1.36.1}}";
  const folder = "me-VAGRANTSLASH-alpine-kubernetes-v1.36.1/1.0.0";

  it.each<[string, SubjectParts, string]>([
    ["is there and tells no architecture", {}, "ok"],
    ["is there for this processor", { spec: own, computer: kept(`${folder}/amd64/libvirt`, "{}") }, "ok"],
    ["is there for another processor", { spec: own, computer: kept(`${folder}/arm64/libvirt`, "{}") }, "failed error"],
    [
      "tells another processor",
      { spec: own, computer: kept(`${folder}/libvirt`, '{"architecture":"arm64"}') },
      "failed error",
    ],
    ["is there for another provider", { spec: own, computer: kept(`${folder}/virtualbox`, "{}") }, "failed error"],
    ["is nowhere", { spec: own }, "failed error"],
    ["is nowhere, but machines are made", { spec: own, made: new Set(["master1"]) }, "failed warning"],
    ["comes from a URL", { spec: URL }, "ok"],
    ["is nowhere, and is one of ours, which up builds", { computer: { env: { VAGRANT_HOME: "/empty" } } }, "ok"],
    [
      "is nowhere, one of ours for a provider without boxes",
      { vagrantProvider: "parallels", computer: { env: { VAGRANT_HOME: "/empty" } } },
      "failed error",
    ],
  ])("that %s", async (_name, parts, expected) => {
    expect(verdict(await find("box", parts))).toBe(expected);
  });

  it("says which architectures are there, and what to type", async () => {
    const wrong = await find("box", { spec: own, computer: kept(`${folder}/arm64/libvirt`, "{}") });
    expect(wrong.evidence).toBe("me/alpine-kubernetes-v1.36.1 is here for arm64, this computer is amd64");
    expect(wrong.command).toBe("vagrant box remove 'me/alpine-kubernetes-v1.36.1' --all");
    expect((await find("box", { spec: own })).command).toBe(
      "vagrant box add --name 'me/alpine-kubernetes-v1.36.1' FILE.box",
    );
    expect((await find("box", { spec: URL })).evidence).toContain("https://example.com/a.json");
  });
});
