import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startBench } from "./support/bench.js";
import { DOMAIN, fqdn, hostsSpec, lines, ready, TestCluster } from "./support/cluster.js";
import { loginFlags, type Machines, nodeAddress } from "./support/machines.js";
import { expectDone } from "./support/programs.js";
import { storyMachines } from "./support/story-machines.js";
import { expectServed, webServer } from "./support/web-server.js";

const cluster = new TestCluster("masters");
let machines: Machines;

beforeAll(async () => {
  await startBench();
  machines = await storyMachines("masters");
  await cluster.reset(hostsSpec("masters", machines.logins));
});
afterAll(() => machines.end());

/** Names of etcd's members that have started, as a master's own etcdctl lists them. */
async function members(master: string): Promise<string[]> {
  const etcd = "/etc/kubernetes/pki/etcd";
  const files = `--cacert=${etcd}/ca.crt --cert=${etcd}/healthcheck-client.crt --key=${etcd}/healthcheck-client.key`;
  const id = "$(crictl ps --name '^etcd$' --state Running -q | head -n 1)";
  const list = `crictl exec ${id} etcdctl --endpoints=https://127.0.0.1:2379 ${files} member list`;
  const outcome = await machines.on(master, list);
  expectDone(outcome);
  return lines(outcome.stdout)
    .map((line) => /^\w+, started, ([^,]+), /.exec(line)?.[1]?.replace(`.${DOMAIN}`, "") ?? line)
    .sort();
}

/** A node's address in the cluster. */
function addressOf(name: string): string {
  const login = machines.logins.find((one) => one.name === name);
  if (login === undefined) throw new Error(`no machine ${name}`);
  return nodeAddress(login);
}

/** Every node's hosts file has the endpoint's name with the addresses of these masters, in this order. */
async function expectEndpoint(nodes: readonly string[], masters: readonly string[]): Promise<void> {
  const wanted = masters.map((name) => `${addressOf(name)} api.masters.${DOMAIN}\n`).join("");
  for (const node of nodes) {
    const { stdout } = await machines.on(node, `grep -w api.masters.${DOMAIN} /etc/hosts`);
    expect({ node, stdout }).toEqual({ node, stdout: wanted });
  }
}

/** The Service's address in the cluster. */
let service = "";

/** The Service answers on this node. */
const expectWeb = (node: string): Promise<void> => expectServed(machines, node, "web", service);

describe("several masters", () => {
  it("up makes three, each with a member of etcd, and every node knows them all", async () => {
    expectDone(await cluster.run("up"));
    const names = ["master1", "master2", "master3"];
    expect(await cluster.nodes()).toEqual(ready(...names, "minion1"));
    expect(await members("master3")).toEqual(names);
    await expectEndpoint([...names, "minion1"], names);
    const again = await cluster.run("up");
    expectDone(again);
    expect(again.stderr).toContain("Join the masters: nothing to do, 2 joined already");
  });

  it("a Service is served on every master", async () => {
    expectDone(await cluster.apply(...webServer("web")));
    expectDone(await cluster.kubectl("rollout", "status", "deployment/web", "--timeout=120s"));
    service = (await cluster.kubectl("get", "service", "web", "-o", "jsonpath={.spec.clusterIP}")).stdout;
    for (const node of ["master1", "master3"]) await expectWeb(node);
  });

  it("the loss of master1 is survived: the API answers and writes, and the Service is served", async () => {
    await machines.unplug("master1");
    let said = "";
    const seen = async (): Promise<string> => {
      const { stdout, stderr } = await cluster.runKubectl("get", "nodes", "--no-headers");
      said += stderr;
      return stdout;
    };
    const others = /^master1\S+ +NotReady[^]*^master2\S+ +Ready[^]*^master3\S+ +Ready[^]*^minion1\S+ +Ready/m;
    await expect.poll(seen, { timeout: 240_000, interval: 1000 }).toMatch(others);
    expect(said).toContain("admin.config leads to master2 now; it led to master1");
    expectDone(await cluster.runKubectl("create", "configmap", "written", "--from-literal=after=loss"));
    expectDone(await cluster.runKubectl("scale", "deployment/web", "--replicas=2"));
    expectDone(await cluster.runKubectl("rollout", "status", "deployment/web", "--timeout=120s"));
    await expectWeb("master2");
    await expectWeb("minion1");
  });

  it("up does all else, and ends with both ways out", async () => {
    const outcome = await cluster.run("up");
    expect(outcome.code).toBe(4);
    expect(outcome.stderr).toContain("alpine-k8s up  (when master1 can be repaired)");
    expect(outcome.stderr).toContain(
      "alpine-k8s remove-node master1 && alpine-k8s add-node master1 --role master --address ADDRESS  (when it is gone for good)",
    );
    expect((await cluster.nodes())[fqdn("master2")]).toBe("Ready");
    const status = await cluster.run("status");
    expect(status.stdout).toMatch(/^master1\b.*NotReady/m);
  });

  it("remove-node takes the dead one out of etcd, the cluster and the hosts files", async () => {
    const outcome = await cluster.run("remove-node", "master1", "--yes");
    expectDone(outcome);
    expect(outcome.stderr + outcome.stdout).toContain("2 masters: etcd needs a majority");
    expect(await members("master2")).toEqual(["master2", "master3"]);
    expect(await cluster.nodes()).toEqual(ready("master2", "master3", "minion1"));
    await expectEndpoint(["master2", "master3", "minion1"], ["master2", "master3"]);
    const config = await readFile(join(cluster.folder, "admin.config"), "utf8");
    const server = /server: https:\/\/(\S+):6443/.exec(config)?.[1];
    expect([addressOf("master2"), addressOf("master3")]).toContain(server);
    expect(config).not.toContain(`${addressOf("master1")}:`);
    expect(await cluster.readSpec()).not.toContain("master1");
  });

  it("a new machine at its address becomes a master again, with all that was written", async () => {
    await machines.reset("master1");
    const [login] = machines.logins;
    if (login === undefined) throw new Error("no machines");
    expectDone(await cluster.run("add-node", "master1", "--role", "master", ...loginFlags(login)));
    expect(await members("master1")).toEqual(["master1", "master2", "master3"]);
    expect(await cluster.nodes()).toEqual(ready("master1", "master2", "master3", "minion1"));
    await expectEndpoint(["master1", "minion1"], ["master2", "master3", "master1"]);
    const own = "kubectl --kubeconfig=/etc/kubernetes/admin.conf get configmap written -o jsonpath={.data.after}";
    expect((await machines.on("master1", own)).stdout).toBe("loss");
    // Pods that are put on a node before its network is ready come a little later.
    await cluster.expectBecomesHealthy();
  });

  it("living ones are removed, too, down to one; the last one is refused, and up finds nothing to do", async () => {
    for (const name of ["master2", "master3"]) expectDone(await cluster.run("remove-node", name, "--yes"));
    expect(await members("master1")).toEqual(["master1"]);
    const left = await machines.on("master3", "ls /etc/kubernetes/admin.conf /var/lib/etcd/member /usr/bin/kubeadm");
    expect(left.stdout).toBe("/usr/bin/kubeadm\n");
    const refused = await cluster.run("remove-node", "master1", "--yes");
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain("master1");
    expect(await cluster.nodes()).toEqual(ready("master1", "minion1"));
    await expectEndpoint(["master1", "minion1"], ["master1"]);
    await expectWeb("minion1");
    // CoreDNS has moved with the other pods, and needs a moment at its new place.
    await cluster.expectBecomesHealthy();
  });
});
