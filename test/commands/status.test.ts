import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import type { ClusterStatus } from "../../src/operations/status.js";
import { AlpineK8sError } from "../../src/base/errors.js";
import { treeOf } from "../stories/support/tree.js";
import { fakeComputer } from "../fakes/fake-computer.js";
import { serve } from "../kubectl/server.js";
import { differences, documented } from "./documented.js";
import { Bench } from "./run-command.js";

const NEWER = { provider: "libvirt", version: "20261130.5.0", newer: "20261201.7.0" };
let bench: Bench;
beforeEach(async () => {
  bench = await Bench.create();
});

describe("status", () => {
  it("of a folder without a cluster: exit 2, with what to type", async () => {
    const { stdout, stderr, exitCode } = await bench.run("status");
    expect({ stdout, exitCode }).toEqual({ stdout: "", exitCode: 2 });
    const { folder } = bench.world;
    expect(stderr).toBe(
      `Error: there is no cluster in ${folder}\nTry:\n  alpine-k8s up\n  each alpine-k8s command with: --dir ${folder}\n`,
    );
  });

  it("of a healthy cluster: exit 0, the documented document alone, no file changed", async () => {
    await bench.run("up");
    const before = await treeOf(bench.world.folder);
    const { stdout, exitCode } = await bench.run("status", "-o", "json");
    const status = JSON.parse(stdout) as ClusterStatus;
    expect(exitCode).toBe(0);
    expect(differences({ ...status }, documented("`status -o json`"))).toEqual([]);
    expect(status).toMatchObject({ cluster: "demo", healthy: true, upWould: [] });
    expect(status.conditions.map(({ id, met }) => `${id} ${met}`)).toEqual([
      "network-available true",
      "nodes-ready true",
      "coredns-available true",
    ]);
    expect(await treeOf(bench.world.folder)).toEqual(before);
  });

  it("tells a newer version of the box, and is as healthy as before", async () => {
    await bench.run("up");
    const name = "alpine-3.24-containerd-kubernetes-v1.36.1";
    const box = { name, provider: "libvirt", version: "20261130.5.0" };
    const machine = { vagrantfile_path: bench.world.folder, extra_data: { box } };
    const versions = [{ version: "20261201.7.0", providers: [{ name: "libvirt" }] }];
    const site = await serve({ "/a.json": JSON.stringify({ name, versions }) });
    const home = "/home/user/.vagrant.d";
    bench.world.computer = fakeComputer({
      files: {
        [`${home}/data/machine-index/index`]: JSON.stringify({ machines: { a: machine } }),
        [`${home}/boxes/${name}/metadata_url`]: `${site.url}/a.json`,
      },
    });
    const { stdout, exitCode } = await bench.run("status", "-o", "json");
    expect(exitCode).toBe(0);
    expect((JSON.parse(stdout) as ClusterStatus).newerBox).toEqual({ box: name, ...NEWER });
    expect((await bench.run("status")).stdout).toContain(
      "A newer version of the box, for machines that are still to be made:\n" +
        `  ${name} 20261201.7.0, here is 20261130.5.0: vagrant box update --box '${name}' --provider libvirt\n`,
    );
  });

  it("tells people nodes, conditions and that nothing is to be done", async () => {
    await bench.run("up");
    const { stdout } = await bench.run("status");
    expect(stdout).toMatch(/^Cluster demo: Kubernetes v1\.36\.1, provider vagrant\.$/m);
    expect(stdout).toMatch(/^NODE +ROLE +ADDRESS +MACHINE +KUBERNETES/m);
    expect(stdout).toMatch(/^master1\.example\.com +master +10\.250\.250\.2 +running +Ready/m);
    expect(stdout).toMatch(/^nodes-ready +met$/m);
    expect(stdout).toMatch(/\nalpine-k8s up has nothing to do\.\n$/);
  });

  it("of a cluster with a sick minion: exit 4 with the same document, and what up would do", async () => {
    await bench.run("up");
    bench.world.machine("minion1").kubelet = "connection refused";
    const { stdout, stderr, exitCode } = await bench.run("status", "-o", "json");
    const status = JSON.parse(stdout) as ClusterStatus;
    expect(exitCode).toBe(4);
    expect(differences({ ...status }, documented("`status -o json`"))).toEqual([]);
    expect(status).toMatchObject({ healthy: false });
    expect(status.upWould).toEqual(["see to minion1.example.com: kubelet: stopped, connection refused"]);
    expect(stderr).not.toContain("Error");
    expect((await bench.run("status")).stdout).toContain("alpine-k8s up would:\n  see to minion1.example.com: kubelet");
  });

  it("prints nothing of a node's that acts on the screen, in text, JSON and errors", async () => {
    await bench.run("up");
    const hostile = "refused\u001b[2J\u009b1A\u202e";
    bench.world.machine("minion1").kubelet = hostile;
    const { stdout } = await bench.run("status");
    expect(stdout).toContain("see to minion1.example.com: kubelet: stopped, refused[2J1A\n");
    const json = await bench.run("status", "-o", "json");
    expect((JSON.parse(json.stdout) as ClusterStatus).upWould).toEqual([
      `see to minion1.example.com: kubelet: stopped, ${hostile}`,
    ]);
    bench.tools = { connect: () => Promise.reject(new AlpineK8sError("node", hostile, { hints: [hostile] })) };
    const failed = await bench.run("up");
    expect(failed.stderr).toContain("refused[2J1A");
    for (const text of [stdout, json.stdout, failed.stderr]) expect(text).not.toMatch(/[\u001b\u009b\u202e]/);
  });

  it("of halted machines: exit 4, each would be started", async () => {
    await bench.run("up");
    for (const machine of bench.world.machines.values()) machine.running = false;
    const { stdout, exitCode } = await bench.run("status", "-o", "json");
    expect(exitCode).toBe(4);
    expect((JSON.parse(stdout) as ClusterStatus).upWould).toContain("start minion2.example.com (halted)");
  });

  it("of a folder that does not exist, or is a file: exit 2, and none is made", async () => {
    const missing = join(bench.world.folder, "typo");
    const { stderr, exitCode } = await bench.runAnywhere("status", ["--dir", missing]);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(new RegExp(`^Error: --dir ${missing}: there is no such folder\nTry:\n`));
    expect(existsSync(missing)).toBe(false);
    const file = await bench.runAnywhere("status", ["--dir", join(bench.world.folder, "network.yaml")]);
    expect(file.exitCode).toBe(2);
    expect(file.stderr).toContain("network.yaml: ENOTDIR");
  });

  it("takes no flags of the spec", async () => {
    const { stderr, exitCode } = await bench.run("status", "--minions", "3");
    expect(exitCode).toBe(2);
    expect(stderr).toContain("Error: Nonexistent flag: --minions");
    expect(stderr).toContain("  alpine-k8s status --help\n");
  });
});

describe("commands that only look", () => {
  it.each(["status", "certs status"] as const)("pin no host key: %s", async (command) => {
    await bench.run("up");
    const pins: (boolean | undefined)[] = [];
    const { connect } = bench.world.tools();
    bench.tools = {
      connect: (target, options) => {
        pins.push(options.pins);
        return connect(target, options);
      },
    };
    await bench.run(command);
    expect(pins).toEqual([false, false, false]);
  });
});

describe("status says what up would do", () => {
  it("on a machine of another cluster, which up refuses, and on one that is not set up", async () => {
    await bench.run("up");
    bench.world.machine("minion1").state = "foreign";
    bench.world.machine("minion1").unmet.push("sysctls");
    Object.assign(bench.world.machine("minion2"), { state: "clean", unmet: [] });
    const { stdout } = await bench.run("status", "-o", "json");
    const { upWould } = JSON.parse(stdout) as ClusterStatus;
    expect(upWould).toContain("refuse minion1.example.com: the machine belongs to another cluster");
    expect(upWould).toContain("see to minion2.example.com: not set up yet");
    expect(upWould.join()).not.toContain("set-up:");
  });

  it("on a node that the API has lost, whose own state is in order", async () => {
    await bench.run("up");
    bench.world.machine("minion1").forgotten = true;
    const { stdout } = await bench.run("status", "-o", "json");
    expect((JSON.parse(stdout) as ClusterStatus).upWould[0]).toBe("restart the kubelet of minion1");
  });

  it("also where a script was removed from the folder, and puts none there", async () => {
    await bench.run("up");
    await rm(join(bench.world.folder, "shared.sh"));
    expect(await bench.run("status")).toMatchObject({ exitCode: 0 });
    expect(existsSync(join(bench.world.folder, "shared.sh"))).toBe(false);
  });
});
