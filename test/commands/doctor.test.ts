import { chmod } from "node:fs/promises";
import { beforeEach, describe, expect, it } from "vitest";
import type { DoctorReport } from "../../src/operations/doctor/doctor.js";
import { clusterPaths } from "../../src/base/paths.js";
import { fakeComputer } from "../fakes/fake-computer.js";
import { onFixedDay } from "../fakes/fixed-day.js";
import { differences, documented } from "./documented.js";
import { Bench, type Ran } from "./run-command.js";

onFixedDay();

let bench: Bench;
beforeEach(async () => {
  bench = await Bench.create();
});

const run = (...argv: string[]): Promise<Ran> => bench.run("doctor", ...argv);

const noDisk = (): void => {
  bench.world.computer = fakeComputer({ freeDisk: () => Promise.resolve(10) });
};

describe("doctor", () => {
  it("of a good computer and a healthy cluster: exit 0, one line for people", async () => {
    await bench.run("up");
    const { stdout, exitCode } = await run();
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^\d+ checks: \d+ in order, 0 errors, 0 warnings, \d+ skipped\.\n$/);
  });

  it("with -o json prints the documented document alone", async () => {
    await bench.run("up");
    const { stdout, exitCode } = await run("-o", "json");
    const report = JSON.parse(stdout) as DoctorReport;
    expect(exitCode).toBe(0);
    expect(differences({ ...report }, documented("`doctor -o json`"))).toEqual([]);
    expect(report).toMatchObject({ cluster: "demo", healthy: true });
    expect(report.checks.filter(({ on }) => on === "minion2.example.com").map(({ id }) => id)).toEqual([
      "reach",
      "alpine-support",
      "owner",
      "clock",
      "kubelet",
      "api",
      "certificates",
      "sysctls",
    ]);
  });

  it("of a computer that lacks something: exit 3, with the place, the evidence and one command", async () => {
    noDisk();
    const { stdout, exitCode } = await run();
    expect(exitCode).toBe(3);
    expect(stdout).toBe(
      [
        "This computer",
        "  error    disk: 10 MiB are free at /var/lib/libvirt/images; 3 machine(s) still to be made need 200 MiB each at the least",
        "           $ df -h '/var/lib/libvirt/images'",
        "",
        "The nodes",
        "  skipped  reach: there is no cluster in this folder yet",
        "",
        "27 checks: 15 in order, 1 error, 0 warnings, 11 skipped.",
        "",
      ].join("\n"),
    );
  });

  it("of a sick node: exit 4, also when this computer lacks something", async () => {
    await bench.run("up");
    bench.world.machine("minion1").unmet.push("memory");
    const { stdout, stderr, exitCode } = await run();
    expect(exitCode).toBe(4);
    expect(stderr).not.toContain("Error");
    expect(stdout).toContain(
      "minion1.example.com\n  error    memory: not yet\n           $ alpine-k8s ssh minion1 -- sudo free -m\n",
    );
  });

  it("with warnings only: exit 0", async () => {
    bench.world.computer = fakeComputer({ env: { PATH: "/usr/bin", HTTPS_PROXY: "http://proxy:3128" } });
    const { stdout, exitCode } = await run();
    expect(exitCode).toBe(0);
    expect(stdout).toContain("  warning  proxy: HTTPS_PROXY would be asked");
  });

  it("with --verbose shows what is in order, too", async () => {
    const { stdout } = await run("--verbose");
    expect(stdout).toContain("  ok       vagrant: Vagrant 2.4.9\n");
    expect(stdout).toContain("  skipped  vpn: there is no VPN interface\n");
  });

  it("with --fix says what it did", async () => {
    await bench.run("up");
    await chmod(clusterPaths(bench.world.folder).token, 0o644);
    expect((await run()).exitCode).toBe(4);
    const { stdout, exitCode } = await run("--fix");
    expect(exitCode).toBe(0);
    expect(stdout).toContain("  fixed    secret-modes: ");
    expect(stdout).toContain("           --fix: made 0600: cluster-token\n");
    expect(stdout).toMatch(/, 1 repaired\.\n$/);
  });

  it("of a folder that does not exist: exit 2", async () => {
    const { exitCode } = await run("--dir", `${bench.world.folder}/typo`);
    expect(exitCode).toBe(2);
  });
});
