import { chmod, readFile, rm, stat, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { doctor, doctorExitCode, type DoctorReport } from "../../src/operations/doctor/doctor.js";
import { up } from "../../src/operations/up/up.js";
import type { Tools } from "../../src/engine/tools.js";
import { clusterPaths } from "../../src/base/paths.js";
import { treeOf } from "../stories/support/tree.js";
import { fakeComputer } from "../fakes/fake-computer.js";
import { onFixedDay } from "../fakes/fixed-day.js";
import { FakeWorld, SPEC } from "./fake-world.js";

onFixedDay();

let world: FakeWorld;
let tools: Tools;
const signal = new AbortController().signal;
beforeEach(async () => {
  world = await FakeWorld.create(SPEC);
  tools = world.tools();
});

function run(fix = false): Promise<DoctorReport> {
  return doctor({
    folder: world.folder,
    tools: { ...tools, computer: world.computer },
    progress: world.progress(),
    signal,
    fix,
  });
}

async function upFirst(): Promise<void> {
  await up({ folder: world.folder, overrides: {}, tools, progress: world.progress(), signal });
  world.transcript.splice(0);
}

/** The failed checks, as `on id weight`. */
function failures({ checks }: DoctorReport): string[] {
  return checks.filter(({ state }) => state === "failed").map(({ on, id, weight }) => `${on}: ${id} ${weight}`);
}

const commandsOnNodes = (): string[] =>
  world.transcript.flatMap((line) => / \/ (\w+\$ .*)$/.exec(line)?.[1] ?? []).sort();

const of = ({ checks }: DoctorReport, on: string, id: string): DoctorReport["checks"][number] | undefined =>
  checks.find((finding) => finding.on === on && finding.id === id);

describe("doctor", () => {
  it("without a cluster, without a spec, without Vagrant looks at what there is", async () => {
    await rm(join(world.folder, "alpine-k8s.yaml"));
    world.computer = fakeComputer({ programs: { "vagrant --version": undefined } });
    const before = await treeOf(world.folder);
    tools = {
      ...tools,
      discoverDefaults: () => Promise.reject(new Error("a doctor asks nobody what a new cluster would be")),
    };
    const report = await run();
    expect(failures(report)).toEqual(["this computer: vagrant error"]);
    expect(report).toMatchObject({ cluster: null, healthy: false, errors: 1, warnings: 0 });
    expect(of(report, "the nodes", "reach")).toMatchObject({
      ...{ state: "skipped", evidence: "there is no cluster in this folder yet" },
    });
    expect(doctorExitCode(report)).toBe(3);
    expect(await treeOf(world.folder)).toEqual(before);
  });

  it("of a healthy cluster finds nothing, asks each node once, changes no file", async () => {
    await upFirst();
    const before = await treeOf(world.folder);
    const report = await run();
    expect(failures(report)).toEqual([]);
    expect(report).toMatchObject({ cluster: "demo", healthy: true, errors: 0, fixed: 0 });
    expect(report.passed + report.skipped).toBe(report.checks.length);
    expect(commandsOnNodes()).toEqual(["master1", "minion1", "minion2"].map((name) => `${name}$ facts (read only)`));
    expect(report.checks.filter(({ on }) => on === "the cluster").map(({ id, state }) => `${id} ${state}`)).toEqual([
      "network-available ok",
      "nodes-ready ok",
      "coredns-available ok",
    ]);
    expect(doctorExitCode(report)).toBe(0);
    expect(await treeOf(world.folder)).toEqual(before);
  });

  it("skips machines that are off with a word, and fails those that run and do not answer", async () => {
    await upFirst();
    world.machine("minion1").running = false;
    const report = await run();
    expect(of(report, "minion1.example.com", "reach")).toMatchObject({
      ...{ state: "skipped", evidence: "the machine is halted; alpine-k8s up starts it" },
    });
    expect(failures(report)).toEqual([]);
    const connect: Tools["connect"] = (target, options) => world.tools().connect(target, options);
    tools = {
      ...tools,
      connect: (target, options) =>
        target.name === "minion2" ? Promise.reject(new Error("no route")) : connect(target, options),
    };
    const silent = await run();
    expect(failures(silent)).toEqual(["minion2.example.com: reach error"]);
    expect(doctorExitCode(silent)).toBe(4);
  });

  it("without --fix tells what is wrong on nodes and in the folder, and changes nothing", async () => {
    await upFirst();
    world.machine("minion1").unmet.push("sysctls", "memory");
    world.machine("master1").clockOffset = -60;
    await chmod(clusterPaths(world.folder).caKey, 0o644);
    const before = await treeOf(world.folder);
    expect(failures(await run())).toEqual([
      "the folder: secret-modes error",
      "master1.example.com: clock error",
      "minion1.example.com: sysctls error",
      "minion1.example.com: memory error",
    ]);
    expect(commandsOnNodes().filter((line) => !line.includes("(read only)"))).toEqual([]);
    expect(await treeOf(world.folder)).toEqual(before);
  });

  it("with --fix repairs modes, conditions and clocks, says so, and leaves what it cannot", async () => {
    await upFirst();
    world.machine("minion1").unmet.push("sysctls");
    world.machine("minion2").state = "foreign";
    world.machine("minion2").unmet.push("sysctls");
    world.machine("master1").clockOffset = -60;
    const { caKey, lock } = clusterPaths(world.folder);
    await chmod(caKey, 0o644);
    const report = await run(true);
    const fixed = report.checks.filter((finding) => finding.fixed !== null);
    expect(fixed.map(({ on, id, state, fixed: text }) => `${on}: ${id} ${state}, ${text ?? ""}`)).toEqual([
      "the folder: secret-modes ok, made 0600: .alpine-k8s/pki/ca.key",
      "master1.example.com: clock ok, stepped",
      "minion1.example.com: sysctls ok, made so by shared.sh",
    ]);
    expect(failures(report)).toEqual(["minion2.example.com: owner error", "the cluster: nodes-ready error"]);
    expect((await stat(caKey)).mode & 0o777).toBe(0o600);
    expect(
      world.transcript
        .filter((line) => line.endsWith("$ shared.sh"))
        .map((line) => line.split(" / ")[1])
        .sort(),
    ).toEqual(["master1$ shared.sh", "minion1$ shared.sh"]);
    await expect(stat(lock)).rejects.toThrow("ENOENT");
  });

  it("with --fix and nothing to repair only looks, once", async () => {
    await upFirst();
    const before = await treeOf(world.folder);
    expect((await run(true)).fixed).toBe(0);
    expect(commandsOnNodes()).toHaveLength(3);
    expect(await treeOf(world.folder)).toEqual(before);
  });

  it("goes on with other nodes when one cannot be repaired", async () => {
    await upFirst();
    for (const name of ["minion1", "minion2"]) world.machine(name).unmet.push("sysctls");
    world.failures.set("minion1$ shared.sh", { exitCode: 10, stderr: "no\n" });
    const report = await run(true);
    expect(failures(report)).toEqual(["minion1.example.com: sysctls error"]);
    expect(of(report, "minion2.example.com", "sysctls")?.fixed).toBe("made so by shared.sh");
    expect(world.warnings.at(-1)).toContain("minion1: the node is not fit for Kubernetes");
  });
});

describe("doctor and the lock", () => {
  const holder = (pid: number): string =>
    `${JSON.stringify({ pid, host: hostname(), command: "alpine-k8s up", since: "2026-11-01T00:00:00Z" })}\n`;

  it("tells a stale one, and takes it away with --fix", async () => {
    await upFirst();
    const { lock } = clusterPaths(world.folder);
    // Linux's highest pid is 2^22.
    await writeFile(lock, holder(2 ** 30));
    expect(failures(await run())).toEqual(["the folder: lock warning"]);
    const report = await run(true);
    expect(of(report, "the folder", "lock")).toMatchObject({ state: "ok", fixed: `took the stale lock ${lock} away` });
    await expect(stat(lock)).rejects.toThrow("ENOENT");
  });

  it("looks beside a run that works, and repairs nothing beside it", async () => {
    await upFirst();
    const { lock, token } = clusterPaths(world.folder);
    await writeFile(lock, holder(process.ppid));
    expect(of(await run(), "the folder", "lock")).toMatchObject({ state: "ok" });
    await chmod(token, 0o644);
    await expect(run(true)).rejects.toMatchObject({ kind: "locked" });
    expect(await readFile(lock, "utf8")).toBe(holder(process.ppid));
  });
});

describe("doctor of a damaged folder", () => {
  it.each<[string, (folder: string) => Promise<unknown>, string[]]>([
    [
      "a spec that is not valid",
      (folder) => writeFile(join(folder, "alpine-k8s.yaml"), "a: b\n"),
      ["the folder: spec error"],
    ],
    [
      "a spec that contradicts the cluster",
      (folder) => writeFile(join(folder, "alpine-k8s.yaml"), SPEC.replace("name: demo", "name: other")),
      ["the folder: spec error"],
    ],
    ["a damaged identity", (folder) => writeFile(clusterPaths(folder).identity, "{"), ["the folder: identity error"]],
    ["a lost CA", (folder) => rm(clusterPaths(folder).caCertificate), ["the folder: identity error"]],
    ["a damaged token", (folder) => writeFile(clusterPaths(folder).token, "x"), ["the folder: identity error"]],
    [
      "an edited script",
      async (folder) => writeFile(join(folder, "minion.sh"), `${await readFile(join(folder, "minion.sh"), "utf8")}\n`),
      ["the folder: rendered-files warning"],
    ],
  ])("with %s tells that, and does not stop there", async (_name, damage, expected) => {
    await upFirst();
    await damage(world.folder);
    const report = await run();
    expect(failures(report)).toEqual(expected);
    expect(report.checks.length).toBeGreaterThan(20);
    for (const { command } of report.checks.filter(({ state }) => state === "failed")) expect(command).toMatch(/\S/);
  });

  it("without shared.sh names what makes it, and looks at the nodes with the one that would be rendered", async () => {
    await upFirst();
    await rm(join(world.folder, "shared.sh"));
    const report = await run();
    expect(of(report, "the folder", "rendered-files")).toMatchObject({
      ...{ state: "failed", evidence: "not in the folder: shared.sh", command: "alpine-k8s render" },
    });
    expect(of(report, "master1.example.com", "reach")).toMatchObject({ state: "ok" });
  });
});
