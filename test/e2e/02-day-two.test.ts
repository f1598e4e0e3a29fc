import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { inBench, startBench, TestCluster, treeOf, waitFor, type Outcome } from "./bench.js";
import { expectDone } from "./expect-done.js";
import { serveKubectl } from "./kubectl-mirror.js";
import { pinnedTo } from "./pinned-pod.js";
import { isRunning, virsh } from "./virsh.js";

const cluster = new TestCluster("day-two");
const fqdn = (name: string): string => `${name}.example.com`;
const ready = (...names: string[]): Record<string, string> =>
  Object.fromEntries(names.map((name) => [fqdn(name), "Ready"]));

beforeAll(async () => {
  await startBench();
  await cluster.reset((spec) => spec.replace("minions: { count: 2,", "minions: { count: 1,"));
  expectDone(await cluster.run("up"));
});

afterAll(async () => {
  await cluster.run("destroy", "--yes");
});

/** Names and object ids of the cluster's nodes, one a line, sorted. */
async function uids(): Promise<string[]> {
  return (await cluster.uids()).stdout.trim().split("\n").sort();
}

describe("getting at a cluster", () => {
  it("kubectl-config brings kubectl from a mirror, checked, and lists the nodes", async () => {
    const mirror = await serveKubectl();
    try {
      const outcome = await cluster.run("kubectl-config", "--mirror", "http://127.0.0.1:8901");
      expectDone(outcome);
      expect(outcome.stdout).toMatch(/master1\.example\.com +Ready/);
      expect(outcome.stdout).toMatch(/minion1\.example\.com +Ready/);
      const tree = await treeOf(cluster.folder);
      expect(tree["kubectl"]).toMatch(/^755 /);
      expect(tree["admin.config"]).toMatch(/^600 /);
    } finally {
      mirror.kill();
    }
  });

  it("kubectl -- passes words, standard input and the exit code on", async () => {
    const ours = ["node", "bin/run.js", "kubectl", "--dir", cluster.folder, "--"];
    expect((await inBench(...ours, "get", "nodes", "-o", "name")).stdout).toBe(
      "node/master1.example.com\nnode/minion1.example.com\n",
    );
    expect((await inBench(...ours, "get", "nothing-of-the-kind")).code).toBe(1);
  });

  it("ssh runs a command on a node and passes its exit code on", async () => {
    const ssh = ["node", "bin/run.js", "ssh", "minion1", "--dir", cluster.folder, "--"];
    const outcome = await inBench(...ssh, "echo", "a  b", "$HOME");
    expect([outcome.code, outcome.stdout]).toEqual([0, "a  b $HOME\n"]);
    expect((await inBench(...ssh, "sh", "-c", "exit 42")).code).toBe(42);
  });
});

describe("growing", () => {
  it("add-node makes one node more, with a token of its own that is gone afterwards", async () => {
    const before = { uids: await uids(), tokens: await tokens(), spec: await spec() };
    const outcome = await cluster.run("add-node");
    expectDone(outcome);
    expect(await cluster.nodes()).toEqual(ready("master1", "minion1", "minion2"));
    expect(await uids()).toEqual(expect.arrayContaining(before.uids));
    expect(await tokens()).toEqual(before.tokens);
    expect(await spec()).toBe(before.spec.replace("minions: { count: 1,", "minions: { count: 2,"));
  });

  it("three at once: with a dead node in the cluster, the token expired and deleted, killed, and run again", async () => {
    const before = await uids();
    expectDone(await virsh("destroy", "minion1"));
    for (const token of await tokens()) expectDone(await cluster.kubectl("delete", "-n", "kube-system", token));
    await rm(join(cluster.folder, "cluster-token"));
    const killed = cluster.start("add-node", "--count", "3", "--verbose");
    await waitFor(() => /minion\d: kubeadm join/.test(killed.output()), 600_000);
    await cluster.signal("SIGKILL");
    await killed.done;
    expectDone(await cluster.run("add-node", "--count", "3"));
    expect(await cluster.nodes()).toMatchObject(ready("master1", "minion2", "minion3", "minion4", "minion5"));
    expect(Object.keys(await cluster.nodes())).toHaveLength(6);
    expect(await uids()).toEqual(expect.arrayContaining(before));
    expect(await isRunning("minion1")).toBe(false);
  });
});

describe("shrinking", () => {
  it("a disruption budget that allows nothing is told; the node stays, cordoned", async () => {
    expectDone(await apply(pinnedTo(fqdn("minion5"))));
    await waitFor(async () => (await cluster.kubectl("get", "pods", "-o", "wide")).stdout.includes("Running"));
    const outcome = await cluster.run("remove-node", "minion5", "--yes", "--timeout", "6");
    expect(outcome.code).toBe(5);
    expect(outcome.stderr).toMatch(/shop/);
    expect(outcome.stderr).toContain("uncordon");
    expect((await cluster.nodes())[fqdn("minion5")]).toBe("Ready,SchedulingDisabled");
    expect(await isRunning("minion5")).toBe(true);
  });

  it("without the budget the node is drained and removed with its machine; the others stay as they are", async () => {
    expectDone(await cluster.kubectl("delete", "poddisruptionbudget", "shop"));
    const before = await uids();
    expectDone(await cluster.run("remove-node", "minion5", "--yes"));
    expect(await uids()).toEqual(before.filter((line) => !line.startsWith(fqdn("minion5"))));
    expect((await inBench("virsh", "list", "--all", "--name")).stdout).not.toContain("minion5");
    expect((await cluster.kubectl("get", "pods")).stdout).not.toContain("Running");
    expectDone(await cluster.kubectl("delete", "deployment", "shop"));
  });

  it("a dead node can be removed; those that stay keep their names and addresses", async () => {
    const before = await uids();
    expectDone(await cluster.run("remove-node", "minion1", "--yes"));
    expect(await uids()).toEqual(before.filter((line) => !line.startsWith(fqdn("minion1"))));
    const addresses = await cluster.kubectl("get", "nodes", "-o", "wide", "--no-headers");
    expect(addresses.stdout).toMatch(/minion2\.example\.com .* 10\.250\.250\.11 /);
    for (const name of ["minion4", "minion3"]) expectDone(await cluster.run("remove-node", name, "--yes"));
    expect((await cluster.run("remove-node", "master1", "--yes")).code).toBe(2);
    const status = await cluster.run("status");
    expectDone(status);
    expect(status.stdout).toContain("alpine-k8s up has nothing to do.");
  });
});

/** Those that are left for the rest of the story. */
const NODES = ["master1", "minion2"];

describe("a day and a night", () => {
  it("a node's own reboot needs no command", async () => {
    const before = await uids();
    const boot = (await cluster.on("minion2", "cat /proc/sys/kernel/random/boot_id")).stdout;
    await cluster.on("minion2", "reboot");
    await waitFor(async () => {
      const now = await cluster.on("minion2", "cat /proc/sys/kernel/random/boot_id");
      return now.code === 0 && now.stdout !== boot;
    });
    await waitFor(async () => (await cluster.nodes())[fqdn("minion2")] === "Ready");
    expect(await uids()).toEqual(before);
  });

  it("down halts minions first, and up brings the same cluster back, in a snapshot, too", async () => {
    const before = await uids();
    const down = await cluster.run("down");
    expectDone(down);
    expect(down.stdout).toContain("halted minion2, master1");
    for (const node of NODES) {
      expect(await isRunning(node)).toBe(false);
      expectDone(await virsh("snapshot-create-as", node, "night"));
    }
    expectDone(await cluster.run("down"));
    await upChangesNobody(before);
  });

  it("after a power cut of all machines up brings the same cluster back", async () => {
    const before = await uids();
    await Promise.all(NODES.map((node) => virsh("destroy", node)));
    await upChangesNobody(before);
  });

  it("after a snapshot was restored up brings the same cluster back", async () => {
    const before = await uids();
    for (const node of NODES) {
      await virsh("destroy", node);
      expectDone(await virsh("snapshot-revert", node, "night"));
      expectDone(await virsh("snapshot-delete", node, "night"));
    }
    await upChangesNobody(before);
  });
});

/** `up` brings all back: the same node objects, nobody is initialised and nobody joins. */
async function upChangesNobody(before: string[]): Promise<void> {
  const outcome = await cluster.run("up");
  expectDone(outcome);
  expect(outcome.stderr).toMatch(/Join the minions: nothing to do, 1 joined already/);
  expect(await uids()).toEqual(before);
  expect(await cluster.nodes()).toEqual(ready(...NODES));
}

describe("looking after a cluster", () => {
  it("certificates that end soon are told, and renewed by up; certs renew does it at any time", async () => {
    const before = await uids();
    expectDone(await cluster.on("master1", "PRACTICE_CERT_DAYS=10 kubeadm certs renew all"));
    const soon = await cluster.run("certs", "status");
    expectDone(soon);
    expect(soon.stdout).toMatch(/master1 +\/etc\/kubernetes\/pki\/apiserver\.crt .* 9 +soon +kubeadm/);
    expect(soon.stdout).toContain("master1: alpine-k8s certs renew");
    const renewing = await cluster.run("up");
    expectDone(renewing);
    expect(renewing.stderr).toMatch(/ok Renew certificates \(/);
    expect(await daysLeft()).toBeGreaterThan(360);
    const renewed = await cluster.run("certs", "renew");
    expectDone(renewed);
    expect(renewed.stdout).toMatch(/^Renewed 11 certificates of cluster practice/);
    const again = await cluster.run("up");
    expectDone(again);
    expect(again.stderr).toContain("Renew certificates: nothing to do");
    expect(await cluster.nodes()).toEqual(ready(...NODES));
    expect(await uids()).toEqual(before);
  });

  it("token rotate makes a new one and revokes the old one", async () => {
    const rotate = async (): Promise<string> => {
      const outcome = await cluster.run("token", "rotate");
      expectDone(outcome);
      const [id = "", secret] = (await readFile(join(cluster.folder, "cluster-token"), "utf8")).trim().split(".");
      expect(outcome.stdout + outcome.stderr).not.toContain(secret);
      return `secret/bootstrap-token-${id}`;
    };
    const first = await rotate();
    expect(await tokens()).toContain(first);
    const second = await rotate();
    expect(await tokens()).toContain(second);
    expect(await tokens()).not.toContain(first);
  });

  it("logs are shown, and exported without secrets", async () => {
    const shown = await cluster.run("logs", "minion2", "--source", "kubelet", "--lines", "5");
    expectDone(shown);
    expect(shown.stdout.trim()).not.toBe("");
    const archive = join(cluster.folder, "..", "report.tar.gz");
    await rm(archive, { force: true });
    expectDone(await cluster.run("logs", "--export", archive));
    const { stdout } = await inBench("tar", "-xzOf", archive);
    expect(stdout).toContain("kubelet");
    const token = (await readFile(join(cluster.folder, "cluster-token"), "utf8")).trim();
    for (const secret of [token, "PRIVATE KEY-----\n", "client-key-data: LS0"]) expect(stdout).not.toContain(secret);
  });

  it("doctor finds no error, and then the fault that was made", async () => {
    const well = await cluster.run("doctor", "-o", "json");
    expectDone(well);
    await cluster.on("minion2", "sysctl -w net.ipv4.ip_forward=0");
    const ill = await cluster.run("doctor");
    expect(ill.code).toBe(4);
    expect(ill.stdout).toMatch(/sysctls/);
    expectDone(await cluster.run("doctor", "--fix"));
    expect((await cluster.on("minion2", "cat /proc/sys/net/ipv4/ip_forward")).stdout.trim()).toBe("1");
  });

  it("config show is a spec that says the same", async () => {
    const shown = await cluster.run("config", "show");
    expectDone(shown);
    expectDone(await cluster.run("config", "validate"));
    expect(shown.stdout).toContain("v1.36.1+practice");
  });
});

/** Days until the first of all certificates ends. */
async function daysLeft(): Promise<number> {
  const { stdout } = await cluster.run("certs", "status", "-o", "json");
  const { certificates } = JSON.parse(stdout) as { certificates: { daysLeft: number }[] };
  return Math.min(...certificates.map((one) => one.daysLeft));
}

async function tokens(): Promise<string[]> {
  const { stdout } = await cluster.kubectl("get", "secrets", "-n", "kube-system", "-o", "name");
  return stdout
    .split("\n")
    .filter((line) => line.startsWith("secret/bootstrap-token-"))
    .sort();
}

function spec(): Promise<string> {
  return readFile(join(cluster.folder, "alpine-k8s.yaml"), "utf8");
}

async function apply(objects: readonly object[]): Promise<Outcome> {
  const file = join(cluster.folder, "..", "objects.json");
  await writeFile(file, JSON.stringify({ apiVersion: "v1", kind: "List", items: objects }));
  return cluster.kubectl("apply", "-f", file);
}
