import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { captureOutput } from "@oclif/test";
import { beforeEach, describe, expect, it } from "vitest";
import Versions from "../../src/commands/versions.js";
import { clusterPaths } from "../../src/base/paths.js";
import type { VersionsReport } from "../../src/operations/versions.js";
import { fakeComputer } from "../fakes/fake-computer.js";
import { differences, documented } from "./documented.js";
import { Bench, type Ran, ROOT } from "./run-command.js";

let bench: Bench;
beforeEach(async () => {
  bench = await Bench.create();
});

/** Runs the command at noon of a day. */
async function run(day: string, ...argv: string[]): Promise<Ran> {
  const computer = fakeComputer({ now: () => Date.parse(`${day}T12:00:00Z`) });
  class FakeVersions extends Versions {
    static override id = "versions";
    protected override tools = () => Promise.resolve({ ...bench.world.tools(), computer });
  }
  const words = argv.includes("--dir") ? argv : ["--dir", bench.world.folder, ...argv];
  const { stdout, stderr, error } = await captureOutput(() => FakeVersions.run(words, ROOT));
  return { stdout, stderr, exitCode: error === undefined ? 0 : (error.oclif?.exit ?? 1) };
}

describe("versions", () => {
  it("marks what gets fixes on the day", async () => {
    const { stdout, stderr, exitCode } = await run("2026-11-20");
    expect([exitCode, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(
      /^What works together, and what gets fixes today, 2026-11-20\. "\?": not seen, only inferred\.$/m,
    );
    expect(stdout).toMatch(/^KUBERNETES +FIXES UNTIL +TODAY +ALPINE +KUBEADM +CANAL +CONTAINERD FROM$/m);
    expect(stdout).toMatch(/^1\.36 +2027-06-28 +yes +3\.24 +v1beta4 +v3\.32\.1 +2\.3\.0, 2\.2\.0$/m);
    expect(stdout).toMatch(/^1\.34 +2026-10-27 +no +3\.23 +v1beta4 +v3\.32\.1 +2\.1\.3, 2\.0\.6, 1\.7\.28$/m);
    expect(stdout).toMatch(/^1\.30 +2025-07-15 +no +3\.20\? +v1beta3 +v3\.29\.7 +-$/m);
    expect(stdout).toMatch(/^3\.24 +2028-06-01 +yes +1\.36\.1 +2\.2 or 2\.3\? +- +0\.63\?$/m);
    expect(stdout).toMatch(
      /^docker +cri-dockerd +1\.24 and newer +docker +cri-dockerd +\/var\/run\/cri-dockerd\.sock$/m,
    );
    expect(stdout).toMatch(/^2\.3 +4 +bin_dirs +pinned_images\.sandbox$/m);
    expect(stdout).toMatch(/^ {2}respawn: .*\n {4}helps: respawn_max=0 /m);
    expect(stdout).not.toContain("Cluster ");
  });

  it.each([
    ["2026-12-01", /^1\.35 +2027-02-28 +yes, 89 days left /m],
    ["2027-02-28", /^1\.35 +2027-02-28 +yes, 0 days left /m],
    ["2027-03-01", /^1\.35 +2027-02-28 +no /m],
    ["2030-01-01", /^1\.37 +2027-10-28 +no /m],
  ])("on %s: %s", async (day, row) => expect((await run(day)).stdout).toMatch(row));

  it("tells of the folder's cluster", async () => {
    await bench.run("up");
    expect((await run("2026-11-20")).stdout).toMatch(
      /\n\nCluster demo has Kubernetes v1\.36\.1, which gets fixes until 2027-06-28\.\n$/,
    );
    expect((await run("2027-06-29")).stdout).toMatch(/v1\.36\.1, which has had no fixes since 2027-06-28\.\n$/);
  });

  it("with -o json prints the documented document alone", async () => {
    const { stdout, exitCode } = await run("2026-11-20", "-o", "json");
    const report = JSON.parse(stdout) as VersionsReport;
    expect(exitCode).toBe(0);
    expect(differences({ ...report }, documented("`versions -o json`"))).toEqual([]);
    expect(report).toMatchObject({ date: "2026-11-20", cluster: null, kubernetesVersion: null });
    expect(report.kubernetes[1]).toMatchObject({ minor: "1.36", daysLeft: 220, state: "ok", alpine: ["3.24"] });
    expect(report.kubernetes[3]).toMatchObject({ minor: "1.34", daysLeft: -24, state: "ended" });
    await bench.run("up");
    const later = JSON.parse((await run("2026-11-20", "-o", "json")).stdout) as VersionsReport;
    expect(later).toMatchObject({ cluster: "demo", kubernetesVersion: "v1.36.1" });
  });

  it("needs no spec and no cluster, but a folder", async () => {
    const empty = await mkdtemp(join(tmpdir(), "alpine-k8s-versions-"));
    expect((await run("2026-11-20", "--dir", empty)).exitCode).toBe(0);
    const { stderr, exitCode } = await run("2026-11-20", "--dir", join(empty, "none"));
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining("there is no such folder")]);
  });

  it("says what is wrong with an identity that cannot be read", async () => {
    await bench.run("up");
    await writeFile(clusterPaths(bench.world.folder).identity, "{}\n");
    const { stderr, exitCode } = await run("2026-11-20");
    expect(exitCode).toBe(2);
    expect(stderr).toContain("identity.yaml");
  });
});
