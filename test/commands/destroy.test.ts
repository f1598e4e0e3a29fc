import { existsSync, readdirSync } from "node:fs";
import { appendFile, readdir, rename, symlink } from "node:fs/promises";
import { basename, join } from "node:path";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { clusterPaths } from "../../src/base/paths.js";
import { ask } from "../../src/cli/ask.js";
import type { DestroySummary } from "../../src/operations/destroy/destroy.js";
import { differences, documented } from "./documented.js";
import { Bench } from "./run-command.js";

vi.mock("../../src/cli/ask.js", { spy: true });

let bench: Bench;
beforeEach(async () => {
  vi.mocked(ask).mockClear();
  bench = await Bench.create();
  await bench.run("up");
  bench.world.transcript.splice(0);
});

const destroyed = (): string[] => bench.world.transcript.filter((line) => line.includes("vagrant destroy"));

/** The names in a folder; undefined when it is gone, which it may be at any moment. */
function namesIn(folder: string): string[] | undefined {
  try {
    return readdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    return undefined;
  }
}

describe("destroy", () => {
  it("declines without a terminal: exit 6, nothing is gone", async () => {
    const { stdout, stderr, exitCode } = await bench.run("destroy");
    expect({ stdout, exitCode }).toEqual({ stdout: "", exitCode: 6 });
    expect(stderr).toMatch(
      /Error: nothing was changed: nobody can answer "Destroy .* of cluster demo\?", as standard input is no terminal\nTry:\n {2}alpine-k8s destroy --yes\n/,
    );
    expect(destroyed()).toEqual([]);
    expect(existsSync(join(bench.world.folder, "cluster-token"))).toBe(true);
  });

  it("declines at no: exit 6, nothing is gone", async () => {
    vi.mocked(ask).mockResolvedValueOnce(false);
    const { stderr, exitCode } = await bench.run("destroy");
    expect(exitCode).toBe(6);
    expect(stderr).toContain("Error: nothing was destroyed\nTry:\n  alpine-k8s destroy --yes\n");
    expect(destroyed()).toEqual([]);
  });

  it("asks with the names, and goes on at yes", async () => {
    vi.mocked(ask).mockResolvedValue(true);
    const { stdout, exitCode } = await bench.run("destroy");
    expect(exitCode).toBe(0);
    expect(vi.mocked(ask).mock.calls[0]?.[0]).toMatch(/^Destroy .* of cluster demo\?$/);
    expect(stdout).toMatch(/^Cluster demo is gone: .*\.\nRemoved .*Vagrantfile.*\.\n$/);
    expect((await readdir(bench.world.folder)).sort()).toEqual(["alpine-k8s.yaml", "network.yaml"]);
  });

  it.each(["--yes", "-y"])("%s asks nobody; -o json gives the documented document alone", async (flag) => {
    await appendFile(join(bench.world.folder, "minion.sh"), "# mine\n");
    const { stdout, exitCode } = await bench.run("destroy", flag, "-o", "json");
    const summary = JSON.parse(stdout) as DestroySummary;
    expect(exitCode).toBe(0);
    expect(ask).not.toHaveBeenCalled();
    expect(differences({ ...summary }, documented("`destroy -o json`"))).toEqual([]);
    expect(summary).toMatchObject({ cluster: "demo", kept: ["minion.sh"] });
    expect(summary.removed).toContain("cluster-token");
  });

  it("holds the lock until nothing of the cluster is left", async () => {
    const { state, lock } = clusterPaths(bench.world.folder);
    const seen: string[][] = [];
    const watch = setInterval(() => {
      const names = namesIn(state);
      if (names !== undefined) seen.push(names);
    }, 1);
    expect((await bench.run("destroy", "--yes")).exitCode).toBe(0);
    clearInterval(watch);
    const afterLock = seen.slice(seen.findIndex((names) => names.includes(basename(lock))));
    expect(afterLock.length).toBeGreaterThan(0);
    for (const names of afterLock) expect(names.length === 0 || names.includes(basename(lock))).toBe(true);
    expect(existsSync(state)).toBe(false);
  });

  it("of a folder whose state is a link changes nothing", async () => {
    const { state } = clusterPaths(bench.world.folder);
    await rename(state, `${state}-moved`);
    await symlink(`${state}-moved`, state);
    const { stderr, exitCode } = await bench.run("destroy", "--yes");
    expect([exitCode, destroyed()]).toEqual([3, []]);
    expect(stderr).toContain(`Error: ${state} is a link, and keys are kept only in a folder that stands there\n`);
    expect(existsSync(join(`${state}-moved`, "pki", "ca.key"))).toBe(true);
  });

  it("tells people what was left", async () => {
    await appendFile(join(bench.world.folder, "minion.sh"), "# mine\n");
    expect((await bench.run("destroy", "--yes")).stdout).toContain(
      "Kept, because they were edited by hand: minion.sh.\n",
    );
  });

  it("a second time: exit 2, there is no cluster", async () => {
    await bench.run("destroy", "--yes");
    const { stdout, exitCode } = await bench.run("destroy", "--yes", "-o", "json");
    expect(exitCode).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({
      error: { kind: "usage", hints: ["alpine-k8s up", `each alpine-k8s command with: --dir ${bench.world.folder}`] },
    });
  });

  it("interrupted names itself as the way to continue", async () => {
    bench.tools = {
      machines: () => {
        process.emit("SIGINT");
        return bench.world.tools().machines({ identity: { provider: "vagrant" } } as never);
      },
    };
    const { stderr, exitCode } = await bench.run("destroy", "--yes");
    expect(exitCode).toBe(130);
    expect(stderr).toContain("Try:\n  to continue: alpine-k8s destroy\n");
  });
});
