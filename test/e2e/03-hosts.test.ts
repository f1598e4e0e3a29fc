import { access, readFile, writeFile } from "node:fs/promises";
import type { ChildProcess } from "node:child_process";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BENCH, inBench, start, startBench, TestCluster, treeOf, type Outcome } from "./bench.js";
import { expectDone } from "./expect-done.js";

/** Three machines that Vagrant only boots; to the tool they are somebody's machines. */
const machines = new TestCluster("machines");
const cluster = new TestCluster("hosts");
const VERSION = "v1.28.7";
const NODES = ["master1", "minion1", "minion2"] as const;
const PRIVATE = { master1: "10.250.250.2", minion1: "10.250.250.10", minion2: "10.250.250.11" };

interface Ssh {
  readonly address: string;
  readonly port: number;
  readonly key: string;
}

type Logins = Record<(typeof NODES)[number], Ssh>;
let logins: Logins;

async function sshOf(node: string): Promise<Ssh> {
  const port = node === "minion2" ? 2222 : 22;
  const { stdout } = await machines.vagrant("ssh-config", node);
  return {
    port,
    address: /HostName (\S+)/.exec(stdout)?.[1] ?? "",
    key: /IdentityFile "?([^"\n]+)/.exec(stdout)?.[1] ?? "",
  };
}

/** Runs a command as root, the way the machines' owner would. */
async function on(node: string, command: string): Promise<Outcome> {
  return machines.vagrant("ssh", node, "-c", `sudo sh -c '${command}'`);
}

beforeAll(async () => {
  await startBench(VERSION);
  await machines.reset((spec) => spec.replaceAll("v1.36.1", VERSION));
  expectDone(await machines.run("render"));
  expectDone(await machines.vagrant("up", "--no-provision", "--parallel"));
  await cluster.reset();
  const [master1, minion1, minion2] = await Promise.all(NODES.map(sshOf));
  if (!master1 || !minion1 || !minion2) throw new Error("the machines are not all there");
  logins = { master1, minion1, minion2 };
  await Promise.all(NODES.map((node) => makeAwkward(node)));
  await on("master1", "sed -i /Subsystem/d /etc/ssh/sshd_config; rc-service sshd restart");
  await on("minion2", "mkdir -p /etc/dropbear; dropbear -R -p 2222");
  await writeFile(join(cluster.folder, "alpine-k8s.yaml"), specOf(logins));
});

/** The first card has the address that it has on every machine, as behind a hypervisor's NAT. */
const SAME_ADDRESS = "10.0.2.15";

/** No default route, an apk that fails whatever it is asked, and an address that is everywhere the same. */
function makeAwkward(node: string): Promise<Outcome> {
  return on(
    node,
    `ip address add ${SAME_ADDRESS}/24 dev eth0; ` +
      'ip route del default; printf "#!/bin/sh\\necho apk: no network >&2\\nexit 1\\n" > /sbin/apk; chmod 755 /sbin/apk',
  );
}

function specOf(ssh: Logins): string {
  const host = (node: (typeof NODES)[number], more: string): string =>
    `    - { name: ${node}, role: ${node.startsWith("master") ? "master" : "minion"}, address: ${ssh[node].address}, port: ${ssh[node].port}, ` +
    `privateAddress: ${PRIVATE[node]}, user: vagrant, identityFile: ${ssh[node].key}${more} }`;
  return `apiVersion: alpine-k8s/v1
kind: Cluster
metadata: { name: field }
spec:
  kubernetes:
    ignorePreflightErrors: [NumCPU, Mem]
  provider: hosts
  hosts:
${host("master1", "")}
${host("minion1", ", become: doas")}
${host("minion2", "")}
  addons: [{ name: canal, manifest: network.yaml }]
`;
}

afterAll(async () => {
  await machines.run("destroy", "--yes");
});

/** The real kubectl lists three Ready nodes, each at its own address in the cluster. */
function expectThreeReady({ stdout }: Outcome): void {
  const rows = stdout
    .trim()
    .split("\n")
    .map((line) => line.split(/\s+/));
  expect(rows.map((row) => [row[0], row[1], row[5]])).toEqual(
    NODES.map((node) => [`${node}.example.com`, "Ready", PRIVATE[node]]),
  );
}

describe("a cluster on machines that exist, with kubeadm's v1beta3", () => {
  it("the machines are as awkward as they should be", async () => {
    for (const node of NODES) {
      const same = `ip -o -4 address show dev eth0 | grep -c ${SAME_ADDRESS}/24`;
      const { stdout } = await on(node, `ip route | grep -c default; apk add x; echo apk $?; ${same}`);
      expect({ node, stdout: stdout.trim() }).toEqual({ node, stdout: "0\napk 1\n1" });
    }
    expect((await on("master1", "grep -c Subsystem /etc/ssh/sshd_config")).stdout.trim()).toBe("0");
  });

  it("comes up by sudo, doas and dropbear, without SFTP, without a default route, with an apk that always fails", async () => {
    const outcome = await cluster.run("up");
    expectDone(outcome);
    expect(outcome.stderr).toMatch(/master1: host key SHA256:\S+ pinned/);
    expect(outcome.stdout).toContain("Kubernetes v1.28.7+practice, provider hosts");
    expectThreeReady(await cluster.kubectl("get", "nodes", "-o", "wide", "--no-headers"));
    expect(await readFile(join(cluster.folder, ".alpine-k8s/kubeadm/master1.yaml"), "utf8")).toContain(
      "kubeadm.k8s.io/v1beta3",
    );
  });

  it("leaves the CA's key on the master only, and this computer's files in their modes", async () => {
    await expect(access(join(cluster.folder, ".alpine-k8s/pki/ca.key"))).rejects.toThrow("ENOENT");
    const tree = await treeOf(cluster.folder);
    expect(tree["admin.config"]).toMatch(/^600 /);
    expect(tree["cluster-token"]).toMatch(/^600 /);
  });

  it("up again only looks and changes no file", async () => {
    const before = await treeOf(cluster.folder);
    const outcome = await cluster.run("up");
    expectDone(outcome);
    expect(outcome.stderr).toContain("Join the minions: nothing to do, 2 joined already");
    expect(await treeOf(cluster.folder)).toEqual(before);
  });

  it("refuses a machine of this cluster for another one, and leaves it alone", async () => {
    const other = new TestCluster("other");
    await other.reset();
    const spec = await readFile(join(cluster.folder, "alpine-k8s.yaml"), "utf8");
    await writeFile(join(other.folder, "alpine-k8s.yaml"), spec.replace("name: field", "name: robber"));
    const outcome = await other.run("up");
    expect(outcome.code).toBe(2);
    expect(outcome.stderr).toContain("belongs to another cluster");
    expect(await cluster.nodes()).toMatchObject({ "master1.example.com": "Ready" });
  });

  it("destroy resets the nodes, leaves their packages and the spec", async () => {
    expectDone(await cluster.run("destroy", "--yes"));
    expect(Object.keys(await treeOf(cluster.folder)).sort()).toEqual(["alpine-k8s.yaml", "network.yaml"]);
    const { stdout } = await on(
      "master1",
      "ls /etc/kubernetes/admin.conf /etc/alpine-k8s/init.finished /usr/bin/kubeadm 2>/dev/null",
    );
    expect(stdout.trim()).toBe("/usr/bin/kubeadm");
  });

  it("comes up again behind an address translation: only ssh by forwarded ports, and no kubectl on the master", async () => {
    await on("master1", "mv /usr/bin/kubectl /root/");
    const forwarded = forwardedPorts(logins);
    const forwarding = await forward(logins, forwarded);
    try {
      await writeFile(join(cluster.folder, "alpine-k8s.yaml"), specOf(forwarded));
      const outcome = await cluster.run("up");
      expectDone(outcome);
      expect(outcome.stdout + outcome.stderr).toContain("this computer does not reach the API");
      // Plain kubectl with admin.config cannot work from here; ours goes through the master.
      expect((await cluster.kubectl("get", "nodes", "--request-timeout=5s")).code).toBe(1);
      const through = ["node", "bin/run.js", "kubectl", "--dir", cluster.folder, "--"];
      const listed = await inBench(...through, "get", "nodes", "-o", "wide", "--no-headers");
      expectThreeReady(listed);
      expectDone(await cluster.run("status"));
      expectDone(await cluster.run("destroy", "--yes"));
    } finally {
      forwarding.kill();
    }
  });
});

function forwardedPorts(ssh: Logins): Logins {
  const behind = (node: (typeof NODES)[number], port: number): Ssh => ({ ...ssh[node], address: "127.0.0.1", port });
  return { master1: behind("master1", 2201), minion1: behind("minion1", 2202), minion2: behind("minion2", 2203) };
}

/** What a hypervisor's user network does: ports of this computer lead to the machines' sshd, and to nothing else. */
async function forward(to: Logins, from: Logins): Promise<ChildProcess> {
  const pairs = NODES.map((node) => [from[node].port, to[node].port, to[node].address]);
  const forwarding = start("bash", [BENCH, "exec", "--", "node", "-e", FORWARDER, JSON.stringify(pairs)]);
  while (!forwarding.output().includes("ready")) await sleep(100);
  return forwarding.child;
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
