import { rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startBench } from "./support/bench.js";
import { fqdn, hostsSpec, lines, ready, TestCluster } from "./support/cluster.js";
import { type Login, loginFlags, type Machines } from "./support/machines.js";
import { barePod, budgetOf, deployment, onNode } from "./support/pods.js";
import { runAsPlanned } from "./support/planned.js";
import { expectDone, waitFor } from "./support/programs.js";
import { storyMachines } from "./support/story-machines.js";

// A cluster of one master and one minion gets two more minions, loses all minions, and gets them back.
const cluster = new TestCluster("growing");
let machines: Machines;

beforeAll(async () => {
  await startBench();
  machines = await storyMachines("grow-and-shrink");
  await cluster.reset(hostsSpec("growing", members()));
  expectDone(await cluster.run("up"));
});
afterAll(() => machines.end());

function members(): Login[] {
  return machines.logins.filter(({ name }) => !name.startsWith("spare"));
}

/** The login of a spare machine under a node's name: `spare1` is minion2, `spare2` is minion3. */
function login(machine: string, name: string): Login {
  const found = machines.logins.find((one) => one.name === machine);
  if (found === undefined) throw new Error(`no machine ${machine}`);
  return { ...found, name };
}

/** The arguments that add a machine. */
function adding(machine: string, ...more: string[]): string[] {
  return ["add-node", ...more, ...loginFlags(login(machine, machine))];
}

/** Lets every bootstrap token expire, as after two hours, and waits until the cluster has deleted them. */
async function endTokens(): Promise<void> {
  const past = JSON.stringify({ stringData: { expiration: "2020-01-01T00:00:00Z" } });
  for (const token of await cluster.tokens())
    expectDone(await cluster.kubectl("patch", "-n", "kube-system", token, "-p", past));
  await waitFor("the tokens are gone", async () => (await cluster.tokens()).length === 0, 60_000);
}

const becomesReady = async (...pods: string[]): Promise<void> =>
  expectDone(await cluster.kubectl("wait", "--for=condition=Ready", ...pods, "--timeout=120s"));

/** The nodes' objects without that of one node. */
const without = (uids: readonly string[], name: string): string[] =>
  uids.filter((line) => !line.startsWith(`${fqdn(name)}=`));

describe("growing", () => {
  it("add-node makes one node more, with a token of its own that is gone afterwards", async () => {
    const before = { uids: await cluster.uids(), tokens: await cluster.tokens(), spec: await cluster.readSpec() };
    await runAsPlanned(cluster, ...adding("spare1", "--labels", "disk=ssd"));
    expect(await cluster.nodes()).toEqual(ready("master1", "minion1", "minion2"));
    expect(without(await cluster.uids(), "minion2")).toEqual(before.uids);
    expect(await cluster.tokens()).toEqual(before.tokens);
    const spec = await cluster.readSpec();
    const added = / {4}- \{ name: minion2,.*\n/.exec(spec)?.[0] ?? "nothing";
    expect(added).toContain(`address: ${login("spare1", "minion2").address},`);
    expect(spec.replace(added, "")).toBe(before.spec);
    const labelled = await cluster.kubectl("get", "nodes", "-l", "disk=ssd", "-o", "name");
    expect(labelled.stdout).toBe(`node/${fqdn("minion2")}\n`);
    expectDone(await cluster.apply(barePod("visitor", onNode(fqdn("minion2")))));
    await becomesReady("pod/visitor");
  });

  it("a machine that has just died is not taken for one that may be left behind", async () => {
    await machines.unplug("minion1");
    const before = await cluster.uids();
    const outcome = await cluster.run("remove-node", "minion1", "--yes");
    expect(outcome.code).toBe(4);
    expect(outcome.stderr).toContain("minion1 is alive in the cluster and cannot be reached to be reset");
    expect(await cluster.uids()).toEqual(before);
  });

  it("up without the dead node does all else, and ends with both ways out", async () => {
    await rm(join(cluster.folder, "admin.config"));
    const outcome = await cluster.run("up");
    expect(outcome.code).toBe(4);
    expect(outcome.stderr).toMatch(/minion1: .*; the rest is done without it/);
    expect(outcome.stderr).toContain("alpine-k8s up  (when minion1 can be repaired)");
    expect(outcome.stderr).toContain(
      "alpine-k8s remove-node minion1 && alpine-k8s add-node minion1 --address ADDRESS  (when it is gone for good)",
    );
    expect(await cluster.nodes()).toMatchObject(ready("master1", "minion2"));
  });

  it("with a dead node in the cluster and all tokens ended, killed, and run again", async () => {
    const before = await cluster.uids();
    await endTokens();
    await rm(join(cluster.folder, "cluster-token"));
    const killed = cluster.start(...adding("spare2", "--verbose"));
    await waitFor("the machine joins", () => /minion3: kubeadm join/.test(killed.output()));
    await cluster.signal("SIGKILL");
    await killed.done;
    const again = await cluster.run(...adding("spare2"));
    expectDone(again);
    expect(again.stderr).toContain("minion3: in the spec already, continued");
    expect(await cluster.nodes()).toMatchObject(ready("master1", "minion2", "minion3"));
    expect(without(await cluster.uids(), "minion3")).toEqual(before);
    expect((await cluster.nodes())[fqdn("minion1")]).toBe("NotReady");
  });
});

describe("shrinking", () => {
  it("bare pods and data in emptyDir are named; forced they go with the node, which is reset", async () => {
    const scratch = { ...onNode(fqdn("minion2")), volumes: [{ name: "scratch", emptyDir: {} }] };
    expectDone(await cluster.apply(deployment("cache", scratch)));
    expectDone(await cluster.kubectl("rollout", "status", "deployment/cache", "--timeout=120s"));
    const before = await cluster.uids();
    const refused = await cluster.run("remove-node", "minion2", "--yes");
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain("default/visitor: no controller would recreate it elsewhere");
    expect(refused.stderr).toMatch(/default\/cache-\S+: it has data in an emptyDir volume/);
    expect((await cluster.nodes())[fqdn("minion2")]).toBe("Ready");
    await becomesReady("pod/visitor");
    expectDone(await cluster.run("remove-node", "minion2", "--yes", "--force"));
    expect(await cluster.uids()).toEqual(without(before, "minion2"));
    expect((await cluster.kubectl("get", "pod", "visitor")).stderr).toContain("NotFound");
    const left = await machines.on("spare1", "ls /etc/kubernetes/kubelet.conf /usr/bin/kubeadm 2>/dev/null");
    expect(left.stdout).toBe("/usr/bin/kubeadm\n");
    expectDone(await cluster.kubectl("delete", "deployment", "cache"));
  });

  it("a disruption budget that allows nothing is told; the node stays, cordoned", async () => {
    expectDone(await cluster.apply(deployment("shop", onNode(fqdn("minion3"))), budgetOf("shop")));
    expectDone(await cluster.kubectl("rollout", "status", "deployment/shop", "--timeout=120s"));
    const outcome = await cluster.run("remove-node", "minion3", "--yes", "--timeout", "6");
    expect(outcome.code).toBe(5);
    expect(outcome.stderr).toMatch(/default\/shop-/);
    expect(outcome.stderr).toContain("The disruption budget shop needs 1 healthy pods and has 1 currently");
    expect(outcome.stderr).toContain(`alpine-k8s kubectl -- uncordon ${fqdn("minion3")}`);
    expect((await cluster.nodes())[fqdn("minion3")]).toBe("Ready,SchedulingDisabled");
    expect((await cluster.kubectl("get", "pods", "-l", "app=shop")).stdout).toMatch(/ Running /);
  });

  it("without the budget the node is drained and removed; the others stay as they are", async () => {
    expectDone(await cluster.kubectl("delete", "poddisruptionbudget", "shop"));
    const before = await cluster.uids();
    const outcome = await runAsPlanned(cluster, "remove-node", "minion3", "--yes");
    const said = `Node ${fqdn("minion3")} is out of cluster growing: [1-9]\\d* pods? left it`;
    expect(outcome.stdout).toMatch(new RegExp(said));
    expect(await cluster.uids()).toEqual(without(before, "minion3"));
    expect((await cluster.kubectl("get", "pods")).stdout).not.toContain("Running");
    expectDone(await cluster.kubectl("delete", "deployment", "shop"));
  });

  it("a dead node can be removed, and its pods are forgotten; the last master cannot", async () => {
    const before = await cluster.uids();
    const outcome = await cluster.run("remove-node", "minion1", "--yes");
    expectDone(outcome);
    expect(outcome.stdout + outcome.stderr).toContain("minion1 was not reset");
    expect(await cluster.uids()).toEqual(without(before, "minion1"));
    const field = `spec.nodeName=${fqdn("minion1")}`;
    await waitFor("its pods are forgotten", async () => {
      const pods = await cluster.kubectl("get", "pods", "-A", "--field-selector", field, "-o", "name");
      return pods.code === 0 && pods.stdout === "";
    });
    expect((await cluster.run("remove-node", "master1", "--yes")).code).toBe(2);
    expect(Object.keys(await cluster.nodes())).toEqual([fqdn("master1")]);
    const status = await cluster.run("status");
    expectDone(status);
    expect(status.stdout).toContain("alpine-k8s up has nothing to do.");
  });
});

describe("growing again", () => {
  it("the dead machine comes back: its kubelet registers it, and add-node puts it into the spec", async () => {
    await machines.plug("minion1");
    await waitFor("it is a node again", async () => (await cluster.nodes())[fqdn("minion1")] === "Ready");
    const outcome = await cluster.run(...adding("minion1", "minion1"));
    expectDone(outcome);
    expect(outcome.stdout).toContain(`Nothing to add, Ready in cluster growing already: ${fqdn("minion1")}.`);
    expect(await cluster.readSpec()).toMatch(/^ {4}- \{ name: minion1, .*address: 10\.250\.250\.10,/m);
  });

  it("a machine that was removed is added again", async () => {
    expectDone(await cluster.run(...adding("spare1", "minion2")));
    expect(await cluster.nodes()).toEqual(ready("master1", "minion1", "minion2"));
    expectDone(await cluster.apply(barePod("visitor", onNode(fqdn("minion2")))));
    await becomesReady("pod/visitor");
  });

  it("up joins what the spec has more, and makes the token that has ended valid again", async () => {
    const before = await cluster.uids();
    await endTokens();
    const logins = [...members(), login("spare1", "minion2"), login("spare2", "minion3")];
    await cluster.writeSpec(hostsSpec("growing", logins));
    const outcome = await cluster.run("up");
    expectDone(outcome);
    expect(await cluster.nodes()).toEqual(ready("master1", "minion1", "minion2", "minion3"));
    expect(without(await cluster.uids(), "minion3")).toEqual(before);
    expect(await cluster.tokens()).toHaveLength(1);
    const token = await cluster.run("token", "show");
    expectDone(token);
    expect(lines(token.stdout)[0]).toMatch(/\/cluster-token: token \w{6}, valid until \S+Z\.$/);
  });

  it("a node that lives and cannot be reached by ssh stays; forced it goes, and the reset that is advised ends it", async () => {
    const [before, spec] = [await cluster.uids(), await cluster.readSpec()];
    // Nothing listens on that port: the machine has not changed, but we cannot reach it.
    await cluster.writeSpec(spec.replace(/^( +- \{ name: minion3, .*)port: \d+/m, "$1port: 9"));
    const wrong = await cluster.readSpec();
    expect(wrong).not.toBe(spec);
    const refused = await cluster.run("remove-node", "minion3", "--yes");
    expect(refused.code).toBe(4);
    expect(refused.stderr).toContain("minion3 is alive in the cluster and cannot be reached to be reset: ");
    expect(refused.stderr).toContain(
      "alpine-k8s remove-node minion3 --force  (leaves it as it is: run kubeadm reset on it)",
    );
    expect(await cluster.nodes()).toEqual(ready("master1", "minion1", "minion2", "minion3"));
    expect([await cluster.uids(), await cluster.readSpec()]).toEqual([before, wrong]);
    const forced = await cluster.run("remove-node", "minion3", "--yes", "--force");
    expectDone(forced);
    expect(forced.stdout + forced.stderr).toContain("minion3 was not reset");
    expect(await cluster.uids()).toEqual(without(before, "minion3"));
    expect(await cluster.readSpec()).not.toContain("minion3");
    expectDone(await machines.on("spare2", "kubeadm reset -f"));
    expect((await machines.on("spare2", "ls /etc/kubernetes/kubelet.conf")).code).not.toBe(0);
    expect(await cluster.uids()).toEqual(without(before, "minion3"));
  });
});
