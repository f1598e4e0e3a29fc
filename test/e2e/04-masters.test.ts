import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { inBench, startBench, TestCluster, waitFor } from "./bench.js";
import { expectDone } from "./expect-done.js";
import { virsh } from "./virsh.js";

// A cluster of one master and one minion that plain Vagrant made, and that grows to three masters.
const cluster = new TestCluster("masters");
const ready = (...names: string[]): Record<string, string> =>
  Object.fromEntries(names.map((name) => [`${name}.example.com`, "Ready"]));

/** Names of etcd's members, as a master's own etcdctl lists them. */
async function members(master: string): Promise<string[]> {
  const etcd = "/etc/kubernetes/pki/etcd";
  const files = `--cacert=${etcd}/ca.crt --cert=${etcd}/healthcheck-client.crt --key=${etcd}/healthcheck-client.key`;
  const id = "$(crictl ps --name '^etcd$' --state Running -q | head -n 1)";
  const { stdout } = await cluster.on(
    master,
    `crictl exec ${id} etcdctl --endpoints=https://127.0.0.1:2379 ${files} member list`,
  );
  return [...stdout.matchAll(/^\w+, started, ([^,]+)\.example\.com, /gm)].map(([, name = ""]) => name).sort();
}

const endpointLines = async (node: string): Promise<string> =>
  (await cluster.on(node, "grep -w api.practice.example.com /etc/hosts")).stdout;

beforeAll(async () => {
  await startBench();
  await cluster.reset((spec) => spec.replace("minions: { count: 2,", "minions: { count: 1,"));
});

afterAll(async () => {
  await cluster.run("destroy", "--yes");
});

describe("plain Vagrant with the rendered files", () => {
  it("vagrant up builds the cluster without the tool, showing no secret", async () => {
    expectDone(await cluster.run("render"));
    const outcome = await cluster.vagrant("up");
    expectDone(outcome);
    const token = (await readFile(join(cluster.folder, "cluster-token"), "utf8")).trim();
    expect(outcome.stdout + outcome.stderr).not.toContain(token);
    expect(await readFile(join(cluster.folder, ".alpine-k8s/kubeadm/master1.yaml"), "utf8")).toContain(
      "kubeadm.k8s.io/v1beta4",
    );
  });

  it("our up after it changes nobody's membership and brings admin.config", async () => {
    const outcome = await cluster.run("up");
    expectDone(outcome);
    expect(outcome.stderr).toContain("Initialise the control plane: nothing to do");
    expect(outcome.stderr).toContain("Join the minions: nothing to do, 1 joined already");
    expect(await cluster.nodes()).toEqual(ready("master1", "minion1"));
  });
});

describe("several masters", () => {
  it("add-node makes three of one, and every node knows them all", async () => {
    expectDone(await cluster.run("add-node", "--role", "master", "--count", "2"));
    expect(await cluster.nodes()).toEqual(ready("master1", "master2", "master3", "minion1"));
    expect(await members("master3")).toEqual(["master1", "master2", "master3"]);
    const lines = [2, 3, 4].map((last) => `10.250.250.${last} api.practice.example.com\n`).join("");
    for (const node of ["master1", "master3", "minion1"]) expect(await endpointLines(node)).toBe(lines);
    const up = await cluster.run("up");
    expectDone(up);
    expect(up.stderr).toContain("Join the masters: nothing to do, 2 joined already");
  });

  it("the loss of master1 is survived: the API answers, and minions stay", async () => {
    expectDone(await virsh("destroy", "master1"));
    const nodes = ["node", "bin/run.js", "kubectl", "--dir", cluster.folder, "--", "get", "nodes", "--no-headers"];
    let seen = "";
    await waitFor(async () => {
      seen = (await inBench(...nodes)).stdout;
      return /^master1\S+ +NotReady/m.test(seen);
    });
    expect(seen).toMatch(/^minion1\S+ +Ready/m);
    expect(seen).toMatch(/^master2\S+ +Ready/m);
  });

  it("remove-node takes the dead one out of etcd, the cluster and the hosts files", async () => {
    const outcome = await cluster.run("remove-node", "master1", "--yes");
    expectDone(outcome);
    expect(outcome.stderr + outcome.stdout).toContain("2 masters: etcd needs a majority");
    expect(await members("master2")).toEqual(["master2", "master3"]);
    expect(await cluster.nodes()).toEqual(ready("master2", "master3", "minion1"));
    expect(await endpointLines("minion1")).toBe(
      "10.250.250.3 api.practice.example.com\n10.250.250.4 api.practice.example.com\n",
    );
    expect(await readFile(join(cluster.folder, "admin.config"), "utf8")).not.toContain("10.250.250.2:");
  });

  it("a living one is removed, too; the last one is refused, and up finds nothing to do", async () => {
    expectDone(await cluster.run("remove-node", "master3", "--yes"));
    expect(await members("master2")).toEqual(["master2"]);
    expect((await cluster.run("remove-node", "master2", "--yes")).code).toBe(2);
    expect(await cluster.nodes()).toEqual(ready("master2", "minion1"));
    const status = await cluster.run("status");
    expectDone(status);
    expect(status.stdout).toContain("alpine-k8s up has nothing to do.");
  });
});
