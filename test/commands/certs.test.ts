import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import type { CertsRenewed } from "../../src/operations/certs/renew.js";
import type { CertsStatus } from "../../src/operations/certs/status.js";
import { treeOf } from "../stories/support/tree.js";
import { differences, documented } from "./documented.js";
import { Bench } from "./run-command.js";

let bench: Bench;
beforeEach(async () => {
  bench = await Bench.create();
});

const commands = (): string[] => bench.world.transcript.flatMap((line) => / \/ (.*)$/.exec(line)?.[1] ?? []);

describe("certs status", () => {
  it("of a folder without a cluster: exit 2, with what to type", async () => {
    const { stderr, exitCode } = await bench.run("certs status");
    expect(exitCode).toBe(2);
    const { folder } = bench.world;
    expect(stderr).toBe(
      `Error: there is no cluster in ${folder}\nTry:\n  alpine-k8s up\n  each alpine-k8s command with: --dir ${folder}\n`,
    );
  });

  it("asks each node once, changes nothing, and prints the documented document alone", async () => {
    await bench.run("up");
    bench.world.transcript.splice(0);
    const before = await treeOf(bench.world.folder);
    const { stdout, exitCode } = await bench.run("certs status", "-o", "json");
    const status = JSON.parse(stdout) as CertsStatus;
    expect(exitCode).toBe(0);
    expect(differences({ ...status }, documented("`certs status -o json`"))).toEqual([]);
    expect(commands().sort()).toEqual(["master1", "minion1", "minion2"].map((name) => `${name}$ facts (read only)`));
    expect(await treeOf(bench.world.folder)).toEqual(before);
    expect(status).toMatchObject({ cluster: "demo", healthy: true, unreachable: [], advice: [] });
    expect(status.certificates.map(({ node, renewedBy }) => `${node}: ${renewedBy}`)).toEqual([
      "this computer: nobody",
      "this computer: alpine-k8s",
      "master1: kubeadm",
      ...["master1", "minion1", "minion2"].map((node) => `${node}: alpine-k8s`),
    ]);
    expect(status.certificates[2]).toMatchObject({
      file: "/etc/kubernetes/admin.conf",
      subject: "O=kubeadm:cluster-admins, CN=kubernetes-admin",
      daysLeft: 364,
      state: "ok",
    });
  });

  it("warns of one that ends soon and exits 0; an expired one exits 4", async () => {
    await bench.run("up");
    await bench.world.issue(12);
    const soon = await bench.run("certs status");
    expect(soon.exitCode).toBe(0);
    expect(soon.stdout).toMatch(/^NODE +FILE +SUBJECT +EXPIRES +DAYS LEFT +STATE +RENEWED BY$/m);
    expect(soon.stdout).toMatch(/^master1 +\/etc\/kubernetes\/admin\.conf +O=.* 11 +soon +kubeadm$/m);
    expect(soon.stdout).toContain("\nTo do:\n  master1: alpine-k8s certs renew\n");
    await bench.world.issue(-2);
    const expired = await bench.run("certs status");
    expect(expired.exitCode).toBe(4);
    expect(expired.stdout).toMatch(/-3 +expired +kubeadm$/m);
  });

  it("of halted machines and a spoilt admin.config: exit 4, with what is here", async () => {
    await bench.run("up");
    for (const machine of bench.world.machines.values()) machine.running = false;
    await writeFile(join(bench.world.folder, "admin.config"), "");
    const { stdout, exitCode } = await bench.run("certs status", "-o", "json");
    const status = JSON.parse(stdout) as CertsStatus;
    expect(exitCode).toBe(4);
    expect(status.unreachable).toEqual(["master1", "minion1", "minion2"]);
    expect(status.certificates.map(({ state }) => state)).toEqual(["ok", "unreadable"]);
    expect(status.advice).toEqual([
      expect.stringMatching(/admin\.config cannot be read; remove it, then: alpine-k8s kubectl-config$/),
      ...["master1", "minion1", "minion2"].map((name) => `${name} does not answer by ssh: alpine-k8s status`),
    ]);
  });

  it("tells of a renewal that was cut off", async () => {
    await bench.run("up");
    bench.world.machine("master1").facts["certificate_renewal"] = "pending";
    expect((await bench.run("certs status")).stdout).toContain(
      "  master1: a renewal was cut off: alpine-k8s certs renew\n",
    );
  });
});

describe("certs renew", () => {
  it("renews on the master, makes admin.config anew, and prints the documented document alone", async () => {
    await bench.run("up");
    const before = await readFile(join(bench.world.folder, "admin.config"), "utf8");
    bench.world.transcript.splice(0);
    const { stdout, exitCode } = await bench.run("certs renew", "-o", "json");
    const renewed = JSON.parse(stdout) as CertsRenewed;
    expect(exitCode).toBe(0);
    expect(differences({ ...renewed }, documented("`certs renew -o json`"))).toEqual([]);
    expect(renewed).toMatchObject({ cluster: "demo", advice: [] });
    expect(renewed.certificates.map(({ file, daysLeft }) => `${file} ${daysLeft ?? 0}`)).toEqual([
      "/etc/kubernetes/admin.conf 364",
      ...Array.from({ length: 3 }, () => "/var/lib/kubelet/pki/kubelet.crt 364"),
    ]);
    expect(bench.world.transcript.filter((line) => line.includes("master1$ "))).toEqual([
      " / master1$ facts (read only)",
      " / master1$ certs.sh",
      " / master1$ admin.conf (read only)",
      " / master1$ serving.sh",
      " / master1$ facts (read only)",
    ]);
    expect(await readFile(join(bench.world.folder, "admin.config"), "utf8")).not.toBe(before);
  });

  it("tells people until when", async () => {
    await bench.run("up");
    const { stdout } = await bench.run("certs renew");
    expect(stdout).toMatch(/^Renewed 4 certificates of cluster demo; the first of them ends on \d{4}-\d\d-\d\dT/);
  });

  it.each([
    { what: "halted", change: { running: false }, words: "does not answer by ssh" },
    { what: "not set up", change: { state: "started" as const }, words: "is not set up yet" },
    { what: "two hours behind", change: { clockOffset: -7200 }, words: "has a clock that is 7" },
  ])("with a master that is $what: exit 4, nothing is done", async ({ change, words }) => {
    await bench.run("up");
    Object.assign(bench.world.machine("master1"), change);
    bench.world.transcript.splice(0);
    const { stderr, exitCode } = await bench.run("certs renew");
    expect(exitCode).toBe(4);
    expect(stderr).toContain(`Error: Look at the nodes: master1 ${words}`);
    expect(stderr).toContain("Try:\n  alpine-k8s up\n");
    expect(commands().filter((line) => line.includes("certs.sh"))).toEqual([]);
  });

  it("interrupted names itself as the way to continue", async () => {
    await bench.run("up");
    bench.world.onCommand = (line) => {
      if (line.includes("certs.sh")) process.emit("SIGINT");
    };
    const { stderr, exitCode } = await bench.run("certs renew");
    expect(exitCode).toBe(130);
    expect(stderr).toContain("Try:\n  to continue: alpine-k8s certs renew\n");
  });

  it("of a folder without a cluster: exit 2", async () => {
    expect((await bench.run("certs renew")).exitCode).toBe(2);
  });
});
