import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bench, TestCluster } from "./bench.js";
import { expectDone } from "./expect-done.js";

const VERSION = "v1.28.7";
const cluster = new TestCluster("plain");

beforeAll(async () => {
  for (const command of [["install"], ["box", VERSION], ["start"]]) {
    const outcome = await bench(...command);
    if (outcome.code !== 0) throw new Error(`bench ${command.join(" ")}: ${outcome.stderr}`);
  }
  await cluster.reset((spec) => spec.replaceAll("v1.36.1", VERSION).replace("count: 2", "count: 1"));
});

afterAll(async () => {
  await cluster.run("destroy", "--yes");
});

describe("plain Vagrant with the rendered files, and kubeadm's v1beta3", () => {
  it("vagrant up builds the cluster without the tool, showing no secret", async () => {
    expectDone(await cluster.run("render"));
    const outcome = await cluster.vagrant("up");
    expectDone(outcome);
    const token = (await readFile(join(cluster.folder, "cluster-token"), "utf8")).trim();
    expect(outcome.stdout + outcome.stderr).not.toContain(token);
    expect(await readFile(join(cluster.folder, ".alpine-k8s/kubeadm/master1.yaml"), "utf8")).toContain(
      "kubeadm.k8s.io/v1beta3",
    );
  });

  it("our up after it changes nobody's membership and brings admin.config", async () => {
    const outcome = await cluster.run("up");
    expectDone(outcome);
    expect(outcome.stderr).toContain("Initialise the control plane: nothing to do");
    expect(outcome.stderr).toContain("Join the minions: nothing to do, 1 joined already");
    expect(await cluster.nodes()).toEqual({ "master1.example.com": "Ready", "minion1.example.com": "Ready" });
  });
});
