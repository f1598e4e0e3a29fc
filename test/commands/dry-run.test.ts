import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { AlpineK8sError } from "../../src/base/errors.js";
import { differences, documented } from "./documented.js";
import { Bench } from "./run-command.js";

let bench: Bench;
beforeEach(async () => {
  bench = await Bench.create();
});

describe("up --dry-run", () => {
  it("tells people step by step what would be done, and ends with 0", async () => {
    const { stdout, stderr, exitCode } = await bench.run("up", "--dry-run");
    expect({ stderr, exitCode }).toEqual({ stderr: "", exitCode: 0 });
    expect(stdout).toMatch(/^alpine-k8s up on cluster demo would:\n/);
    expect(stdout).toContain("\nStart and prepare machines:\n  create master1\n  prepare master1 for Kubernetes\n");
    expect(stdout).toContain("\nJoin the minions:\n  join minion1 to the cluster\n  join minion2 to the cluster\n");
    expect(stdout).toMatch(/\nNothing was changed\.\n$/);
  });

  it("with -o json prints the documented document alone", async () => {
    const { stdout } = await bench.run("up", "--dry-run", "-o", "json");
    const plan = JSON.parse(stdout) as { command: string; items: readonly { id: string }[] };
    expect(differences({ ...plan }, documented("A plan: `--dry-run -o json`"))).toEqual([]);
    expect(plan.command).toBe("up");
    expect(plan.items).toContainEqual({
      ...{ id: "join-minions/minion1/join", step: "join-minions", node: "minion1", action: "join" },
      ...{ text: "join minion1 to the cluster", maybe: false },
    });
    expect(plan.items).toContainEqual({
      ...{ id: "write-identity/-/ca-key", step: "write-identity", node: null, action: "ca-key" },
      ...{ text: "write ca.key", maybe: false },
    });
  });

  it("with --exit-code ends with 7 when something would be changed, with 0 when not", async () => {
    expect((await bench.run("up", "--dry-run", "--exit-code")).exitCode).toBe(7);
    await bench.run("up");
    const { stdout, exitCode } = await bench.run("up", "--dry-run", "--exit-code");
    expect({ stdout, exitCode }).toEqual({
      stdout: "alpine-k8s up on cluster demo would change nothing.\n",
      exitCode: 0,
    });
  });

  it("--exit-code without --dry-run is wrong usage", async () => {
    const { stderr, exitCode } = await bench.run("up", "--exit-code");
    expect(exitCode).toBe(2);
    expect(stderr).toContain("--dry-run");
  });

  it("does not make the folder of --dir", async () => {
    const folder = join(bench.world.folder, "new");
    bench.tools = { manifest: () => Promise.reject(new AlpineK8sError("prerequisite", "it is not in the cache")) };
    const { stdout } = await bench.runAnywhere("up", ["--dry-run", "--dir", folder]);
    expect(stdout).toContain("alpine-k8s up on cluster new would:\n");
    expect(stdout).toContain("\n  download the manifest of canal\n");
    expect(existsSync(folder)).toBe(false);
  });

  it("fails as the run does for a bad spec", async () => {
    await writeFile(join(bench.world.folder, "alpine-k8s.yaml"), "speck: {}\n");
    expect((await bench.run("up", "--dry-run")).exitCode).toBe(2);
  });
});
