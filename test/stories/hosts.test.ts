import { access, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { inBench, startBench, startInBench } from "./support/bench.js";
import { fqdn, hostsSpec, lines, ready, TestCluster, VERSION } from "./support/cluster.js";
import { everyNodeServes } from "./support/hello.js";
import { type Login, type Machines, nodeAddress } from "./support/machines.js";
import { expectDone, type Outcome, type Running, waitFor } from "./support/programs.js";
import { planOf, runAsPlanned } from "./support/planned.js";
import { onBench, storyMachines } from "./support/story-machines.js";
import { treeOf } from "./support/tree.js";

// Machines that exist already; each machine of the bench is difficult in a different way.
const cluster = new TestCluster("hosts");
const NODES = ["master1", "minion1", "minion2"];
const COMES_UP = onBench
  ? "comes up by sudo, doas and dropbear, without SFTP, with an apk that always fails"
  : "comes up on the machines as they are";
/** An address that every machine has on its first network card, as with a hypervisor's NAT. */
const SAME_ADDRESS = "10.0.2.15";
let machines: Machines;
let spec: string;

beforeAll(async () => {
  await startBench();
  machines = await storyMachines("hosts");
  if (onBench) await makeAwkward();
  spec = specOf("field", onBench ? machines.logins.map(atDropbear) : machines.logins);
  await cluster.reset(spec);
});

afterAll(() => machines.end());

async function makeAwkward(): Promise<void> {
  const awkward =
    `ip address add ${SAME_ADDRESS}/24 dev eth0; ` +
    'printf "#!/bin/sh\\necho apk: no network >&2\\nexit 1\\n" >/sbin/apk; chmod 755 /sbin/apk';
  for (const node of NODES) expectDone(await machines.on(node, awkward));
  expectDone(await machines.on("master1", "sed -i /Subsystem/d /etc/ssh/sshd_config; rc-service sshd restart"));
  expectDone(await machines.on("minion2", "mkdir -p /etc/dropbear; dropbear -R -p 2222"));
}

function atDropbear(login: Login): Login {
  return login.name === "minion2" ? { ...login, port: 2222 } : login;
}

/** On the bench the first machine's user becomes root with sudo, the second's with doas. */
function specOf(name: string, logins: readonly Login[]): string {
  const byDoas = (login: Login): Login => (login.name === "minion1" ? { ...login, become: "doas" } : login);
  return hostsSpec(name, onBench ? logins.map(byDoas) : logins);
}

/** The nodes' addresses in the cluster. */
const addresses = (): string[] => machines.logins.map(nodeAddress);

/** The real kubectl lists three Ready nodes, each at its own address in the cluster. */
function expectThreeReady({ stdout }: Outcome): void {
  const rows = lines(stdout).map((line) => line.split(/\s+/));
  expect(rows.map((row) => [row[0], row[1], row[5]])).toEqual(
    NODES.map((node, index) => [fqdn(node), "Ready", addresses()[index]]),
  );
}

describe("a cluster on machines that exist", () => {
  it.runIf(onBench)("the machines are as awkward as they should be", async () => {
    for (const node of NODES) {
      const { stdout } = await machines.on(node, "apk add x; echo $?; ip -o -4 address show dev eth0");
      expect(stdout).toMatch(/^1\n/);
      expect(stdout).toContain(`${SAME_ADDRESS}/24`);
    }
    expect((await machines.on("master1", "grep -c Subsystem /etc/ssh/sshd_config")).stdout.trim()).toBe("0");
  });

  it(COMES_UP, async () => {
    const outcome = await runAsPlanned(cluster, "up");
    expect(outcome.stderr).toMatch(/master1: host key SHA256:\S+ pinned/);
    expect(outcome.stdout).toContain(`Kubernetes ${VERSION}, provider hosts`);
    expectThreeReady(await cluster.kubectl("get", "nodes", "-o", "wide", "--no-headers"));
    console.log(`up of one master and two minions: ${outcome.milliseconds} ms`);
  });

  it("runs pods on every node, which find each other by name; a pod's logs are told", async () => {
    await everyNodeServes(cluster, NODES);
    const { stdout } = await cluster.kubectl("logs", "-n", "kube-system", "-l", "k8s-app=kube-proxy", "--tail=20");
    expect(stdout).toContain("iptables");
  });

  it("leaves the CA's key on the master only, and this computer's files in their modes", async () => {
    await expect(access(join(cluster.folder, ".alpine-k8s/pki/ca.key"))).rejects.toThrow("ENOENT");
    const tree = await treeOf(cluster.folder);
    expect(tree["admin.config"]).toMatch(/^600 /);
    expect(tree["cluster-token"]).toMatch(/^600 /);
  });

  it("up again only looks and changes no file", async () => {
    const before = await treeOf(cluster.folder);
    expect(await planOf(cluster, "up")).toEqual([]);
    const outcome = await cluster.run("up");
    expectDone(outcome);
    expect(outcome.stderr).toContain("Join the minions: nothing to do, 2 joined already");
    expect(await treeOf(cluster.folder)).toEqual(before);
    console.log(`up on a healthy cluster: ${outcome.milliseconds} ms`);
  });

  it("refuses a machine of this cluster for another one, and leaves it alone", async () => {
    const other = new TestCluster("other");
    await other.reset(spec.replace("name: field", "name: robber"));
    const outcome = await other.run("up");
    expect(outcome.code).toBe(2);
    expect(outcome.stderr).toContain("belongs to another cluster");
    expect(await cluster.nodes()).toEqual(ready(...NODES));
  });

  it("what is taken out of the folder is planned, and then rendered again", async () => {
    const before = await treeOf(cluster.folder, /^\.alpine-k8s\/logs|^\.vagrant/);
    await rm(join(cluster.folder, "minion.sh"));
    expect(await planOf(cluster, "render")).toMatchObject([{ id: "render-files/-/minion-sh", maybe: false }]);
    expectDone(await cluster.run("render"));
    expect(await planOf(cluster, "render")).toEqual([]);
    expect(Object.keys(await treeOf(cluster.folder, /^\.alpine-k8s\/logs/))).toEqual(Object.keys(before));
  });

  it("destroy says which nodes it would reset, and resets none", async () => {
    const ids = (await planOf(cluster, "destroy")).map(({ id }) => id);
    expect(ids.filter((id) => id.startsWith("remove-machines/"))).toEqual(
      NODES.map((node) => `remove-machines/${node}/reset`),
    );
    expect(await cluster.nodes()).toEqual(ready(...NODES));
  });

  it("destroy resets the nodes, leaves their packages and the spec", async () => {
    expectDone(await cluster.run("destroy", "--yes"));
    expect(Object.keys(await treeOf(cluster.folder)).sort()).toEqual(["alpine-k8s.yaml", "network.yaml"]);
    const left = "/etc/kubernetes/admin.conf /etc/alpine-k8s/init.finished /var/lib/etcd/member /usr/bin/kubeadm";
    expect((await machines.on("master1", `ls -d ${left} 2>/dev/null`)).stdout.trim()).toBe("/usr/bin/kubeadm");
    const { stdout } = await machines.on(
      "minion1",
      "crictl --runtime-endpoint unix:///run/containerd/containerd.sock pods -q",
    );
    expect(stdout).toBe("");
  });

  it.runIf(onBench)(
    "comes up again behind an address translation: only ssh by forwarded ports, and no kubectl on the master",
    async () => {
      expectDone(await machines.on("master1", "mv /usr/bin/kubectl /root/"));
      const forwarding = await forward();
      try {
        const behind = machines.logins.map((login, index) => ({
          ...{ ...login, privateAddress: login.address, address: "127.0.0.1", port: 2201 + index },
        }));
        await cluster.writeSpec(specOf("field", behind));
        const outcome = await cluster.run("up");
        expectDone(outcome);
        expect(outcome.stdout + outcome.stderr).toContain("this computer does not reach the API");
        // From here plain kubectl with admin.config cannot work; `alpine-k8s kubectl` goes through the master.
        expect((await cluster.kubectl("get", "nodes", "--request-timeout=5s")).code).toBe(1);
        expectThreeReady(await cluster.runKubectl("get", "nodes", "-o", "wide", "--no-headers"));
        expectDone(await cluster.run("status"));
      } finally {
        forwarding.child.kill();
        for (const rule of rules()) await inBench("iptables", "-D", ...rule);
      }
    },
  );
});

/** Packet filter rules that keep this computer from reaching any API. */
function rules(): string[][] {
  return addresses().map((address) => ["OUTPUT", "-d", address, "-p", "tcp", "--dport", "6443", "-j", "REJECT"]);
}

/** Forwards ports of this computer to the machines' sshd and nothing else, like a hypervisor's user network. */
async function forward(): Promise<Running> {
  for (const rule of rules()) expectDone(await inBench("iptables", "-I", ...rule));
  const pairs = addresses().map((address, index) => [2201 + index, NODES[index] === "minion2" ? 2222 : 22, address]);
  const forwarding = startInBench(["node", "-e", FORWARDER, JSON.stringify(pairs)]);
  await waitFor("the forwarder listens", () => forwarding.output().includes("ready"), 30_000);
  return forwarding;
}

const FORWARDER = `
const net = require("node:net");
const pairs = JSON.parse(process.argv[1]);
let open = 0;
for (const [port, to, address] of pairs) {
  net.createServer((here) => {
    const there = net.connect(to, address);
    here.pipe(there).pipe(here);
    here.on("error", () => there.destroy());
    there.on("error", () => here.destroy());
  }).listen(port, "127.0.0.1", () => ++open === pairs.length && console.log("ready"));
}
`;
