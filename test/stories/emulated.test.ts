import { mkdir } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { inBench, processesMatching, startBench, startMachines } from "./support/bench.js";
import { lines, ready, TestCluster } from "./support/cluster.js";
import { everyNodeServes } from "./support/hello.js";
import { expectDone, waitFor } from "./support/programs.js";
import { treeOf } from "./support/tree.js";

// Real machines, with their own kernel, disk and reboot, made by real Vagrant and libvirt: one master and one minion
// that QEMU emulates, many times slower than containers.
const cluster = new TestCluster("emulated");
const NODES = ["master1", "minion1"];
const SLOWER = 10;
const TEST = 60 * 60_000;
const BOOT = 15 * 60_000;

const PATIENT = "leader-elect-lease-duration: 150s, leader-elect-renew-deadline: 120s";

/** The box's name contains the version, and the box's key, so that for Vagrant a newer box is a different one. */
function spec(box: string): string {
  return `apiVersion: alpine-k8s/v1
kind: Cluster
metadata: { name: emulated }
spec:
  kubernetes:
    kubeadm:
      ClusterConfiguration:
        apiServer: { timeoutForControlPlane: 30m0s }
        # They end when they cannot renew their lease in 10 s, and their start takes an emulated processor a minute.
        controllerManager: { extraArgs: { ${PATIENT} } }
        scheduler: { extraArgs: { ${PATIENT} } }
        # A handshake with RSA keys takes an emulated processor most of a second.
        featureGates: { PublicKeysECDSA: true }
  provider: vagrant
  vagrant:
    provider: libvirt
    box: practice/${basename(dirname(box))}-kubernetes-v1.20.2
    boxUrl: ${box}
    network: 10.250.251.0/24
  nodes:
    masters: { count: 1, cpus: 2, memory: 2048 }
    minions: { count: 1, cpus: 2, memory: 1024 }
  addons: [{ name: canal, manifest: network.yaml }]
`;
}

/** The kernel's id of the current boot of a machine. */
async function boot(node: string): Promise<string> {
  return (await cluster.ssh(node, "cat /proc/sys/kernel/random/boot_id")).stdout.trim();
}

/** The QEMU processes of the machines, one per node. */
async function machines(): Promise<number[]> {
  const found = await processesMatching(/^\S*qemu-system-x86_64 .*guest=emulated-\w+-(master1|minion1)\b/);
  return found.map((line) => Number(line.split(" ")[0]));
}

/** Names of libvirt's machines, networks or disks. */
async function ofLibvirt(...command: string[]): Promise<string[]> {
  const outcome = await inBench("virsh", "-c", "qemu:///system", ...command);
  expectDone(outcome);
  return lines(outcome.stdout).filter((line) => line.includes("emulated-"));
}

beforeAll(async () => {
  await startBench();
  const box = await startMachines();
  await mkdir(cluster.folder, { recursive: true });
  if ((await cluster.vagrant("status")).code === 0) await cluster.run("destroy", "--yes");
  await cluster.reset(spec(box));
}, TEST);

afterAll(async () => {
  await cluster.run("destroy", "--yes");
});

describe("emulated machines", () => {
  let before: readonly string[];

  it(
    "up makes them and the cluster, with a pod on each, DNS, and a Service across nodes",
    async () => {
      const outcome = await cluster.run("up", "--verbose");
      expectDone(outcome);
      expect(outcome.stdout).toContain("Cluster emulated is up: Kubernetes v1.20.2, provider vagrant.");
      expect(await cluster.nodes()).toEqual(ready(...NODES));
      expect(await machines()).toHaveLength(2);
      console.log(`up on emulated machines: ${outcome.milliseconds} ms`);
      await everyNodeServes(cluster, NODES, SLOWER);
      before = await cluster.uids();
    },
    TEST,
  );

  it(
    "come back by themselves from a reboot: same node objects, and all serve",
    async () => {
      const boots = new Map<string, string>();
      for (const node of NODES) boots.set(node, await boot(node));
      for (const node of NODES) await cluster.ssh(node, "sudo reboot");
      for (const [node, last] of boots) {
        await waitFor(`${node} has booted`, async () => !["", last].includes(await boot(node)), BOOT);
      }
      // That all are Ready may be remembered from before, and the API is started again while its processor is busy.
      const serves = (): Promise<boolean> =>
        everyNodeServes(cluster, NODES, SLOWER).then(
          () => true,
          () => false,
        );
      await waitFor("all serve", serves, 2 * BOOT);
      expect(await cluster.nodes()).toEqual(ready(...NODES));
      expect(await cluster.uids()).toEqual(before);
    },
    TEST,
  );

  it(
    "up brings the same cluster back when QEMU is killed, which loses what was not on the disk",
    async () => {
      const pids = await machines();
      expect(pids).toHaveLength(2);
      for (const pid of pids) process.kill(pid, "SIGKILL");
      await waitFor("libvirt knows", async () => (await ofLibvirt("list", "--name")).length === 0, 60_000);
      const outcome = await cluster.run("up", "--verbose");
      expectDone(outcome);
      expect(outcome.stderr).toContain("Initialise the control plane: nothing to do");
      expect(outcome.stderr).toContain("Join the minions: nothing to do, 1 joined already");
      expect(await cluster.nodes()).toEqual(ready(...NODES));
      expect(await cluster.uids()).toEqual(before);
      await everyNodeServes(cluster, NODES, SLOWER);
    },
    TEST,
  );

  it("destroy leaves no machine, no network, no disk, and of the folder what was ours", async () => {
    expectDone(await cluster.run("destroy", "--yes"));
    expect(await machines()).toEqual([]);
    expect(await ofLibvirt("list", "--all", "--name")).toEqual([]);
    expect(await ofLibvirt("net-list", "--all", "--name")).toEqual([]);
    expect(await ofLibvirt("vol-list", "default")).toEqual([]);
    expect(Object.keys(await treeOf(cluster.folder)).sort()).toEqual(["alpine-k8s.yaml", "network.yaml"]);
  });
});
