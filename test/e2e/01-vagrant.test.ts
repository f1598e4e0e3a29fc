import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { inBench, processesMatching, startBench, TestCluster, treeOf, waitFor } from "./bench.js";
import { expectDone } from "./expect-done.js";
import { keyLines, SecretWatch } from "./secret-watch.js";

const cluster = new TestCluster("vagrant");
const THREE = {
  "master1.example.com": "Ready",
  "minion1.example.com": "Ready",
  "minion2.example.com": "Ready",
};
const NODES = ["master1", "minion1", "minion2"];

/** What a node's administrator would notice as changed: configuration, services, markers. */
const STATE_OF_NODE =
  "find /etc /var/lib/kubelet /opt/cni -type f ! -name '*.log' ! -path '/etc/resolv.conf' -exec sha256sum {} + | sort | sha256sum";

async function nodesState(): Promise<string[]> {
  const states = await Promise.all(NODES.map((node) => cluster.on(node, STATE_OF_NODE)));
  expect(states.map((state) => state.code)).toEqual(NODES.map(() => 0));
  return states.map((state) => state.stdout);
}

beforeAll(async () => {
  await startBench();
  await mkdir(cluster.folder, { recursive: true });
  if ((await cluster.vagrant("status")).stdout.includes("running")) await cluster.run("destroy", "--yes");
  await cluster.reset();
});

afterAll(async () => {
  await cluster.run("destroy", "--yes");
});

/** The token first, then the lines of the CA's key and of the cluster's ssh key. */
async function secretsOf(): Promise<string[]> {
  const read = (name: string): Promise<string> => readFile(join(cluster.folder, name), "utf8");
  const [token, caKey, sshKey] = await Promise.all([
    read("cluster-token"),
    read(".alpine-k8s/pki/ca.key"),
    read(".alpine-k8s/ssh/id_ed25519"),
  ]);
  return [token.trim(), ...keyLines(caKey), ...keyLines(sshKey)];
}

describe("a cluster on Vagrant machines", () => {
  const watch = new SecretWatch(cluster, NODES);
  afterAll(() => watch.end());

  it("Ctrl-C while the machines boot ends the run with 130; Vagrant is waited for", async () => {
    const run = cluster.start("up");
    await waitFor(
      () => /vagrant|booting|Bringing|domain/i.test(run.output()) && run.output().includes("Start and prepare"),
    );
    await sleep(8_000);
    await cluster.signal("SIGINT");
    const outcome = await run.done;
    expect(outcome.code).toBe(130);
    expect(outcome.stderr).toContain("interrupted");
    expect(await processesMatching(/(ruby|vagrant) .*\bup\b/)).toEqual([]);
  });

  it("Ctrl-C during prepare ends the run with 130 and leaves no process of ours", () =>
    // Of all machines, as the next tests need them: one that still boots would be made anew.
    interruptedAt((said) => NODES.every((node) => said.includes(`${node}: preparing`))));

  it("a watch for secrets in command lines starts, on this computer and on every machine", async () => {
    await watch.start(await secretsOf());
  });

  it.each([
    ["init", /master1: \[preflight\]|master1: kubeadm init/],
    ["join", /minion1: kubeadm join/],
  ])("Ctrl-C during %s ends the run with 130 and leaves no process of ours", (_, moment) =>
    interruptedAt((said) => moment.test(said)),
  );

  async function interruptedAt(isMoment: (said: string) => boolean): Promise<void> {
    const run = cluster.start("up", "--verbose");
    await waitFor(() => isMoment(run.output()));
    await sleep(3_000);
    await cluster.signal("SIGINT");
    expect((await run.done).code).toBe(130);
    await sleep(2_000);
    const left = await Promise.all(
      NODES.map((node) =>
        cluster.on(
          node,
          "ps -o args | grep -E 'kubeadm|base64 -d' | grep -v grep; ls /run | grep alpine-k8s; echo looked",
        ),
      ),
    );
    expect(left.map((one) => one.stdout.trim())).toEqual(["looked", "looked", "looked"]);
    expect(await processesMatching(/(ruby|vagrant) .*\bup\b/)).toEqual([]);
  }

  it("up then makes one master and two minions", async () => {
    const outcome = await cluster.run("up");
    expectDone(outcome);
    expect(outcome.stdout).toContain("Cluster practice is up: Kubernetes v1.36.1+practice, provider vagrant.");
    expect(outcome.stdout).toContain("stand-in");
    expect(outcome.stdout).toContain("Ignored preflight errors:\n  NumCPU\n  Mem");
    expect(outcome.stdout + outcome.stderr).not.toContain((await secretsOf())[0]);
    expect(await cluster.nodes()).toEqual(THREE);
  });

  it("no secret was in a command line, on this computer or on a node, from init to the last join", async () => {
    const seen = await watch.stop();
    expect(Object.keys(seen)).toEqual(["", ...NODES]);
    for (const [where, { found, samples }] of Object.entries(seen)) {
      expect({ where, found }).toEqual({ where, found: "" });
      expect(samples).toBeGreaterThan(100);
    }
  });

  it("up again only looks, changes no file on the nodes or in the folder, and is quick", async () => {
    const before = { folder: await treeOf(cluster.folder), nodes: await nodesState() };
    const outcome = await cluster.run("up");
    expectDone(outcome);
    expect({ folder: await treeOf(cluster.folder), nodes: await nodesState() }).toEqual(before);
    console.log(`up on a healthy cluster: ${outcome.milliseconds} ms`);
  });

  it("status says that all is well, in words and as JSON", async () => {
    const text = await cluster.run("status");
    expectDone(text);
    expect(text.stdout).toContain("alpine-k8s up has nothing to do.");
    const json = await cluster.run("status", "-o", "json");
    const status = JSON.parse(json.stdout) as { healthy: boolean; nodes: { kubernetes: string }[]; notices: string[] };
    expect(status.healthy).toBe(true);
    expect(status.nodes.map((node) => node.kubernetes)).toEqual(["Ready", "Ready", "Ready"]);
    expect(status.notices.join()).toContain("stand-in");
  });

  it("plain vagrant up and vagrant reload after our up change nothing", async () => {
    const before = { nodes: await nodesState(), uids: (await cluster.uids()).stdout };
    expectDone(await cluster.vagrant("up"));
    expect(await nodesState()).toEqual(before.nodes);
    expectDone(await cluster.vagrant("reload"));
    expectDone(await cluster.run("up"));
    expect({ nodes: await nodesState(), uids: (await cluster.uids()).stdout }).toEqual(before);
  });

  it("after vagrant halt, up starts the machines: same node objects, nobody joins", async () => {
    const before = (await cluster.uids()).stdout;
    // Each by a Vagrant of its own: one for all would halt them one after the other.
    for (const halt of await Promise.all(NODES.map((node) => cluster.vagrant("halt", node)))) expectDone(halt);
    const outcome = await cluster.run("up");
    expectDone(outcome);
    expect(outcome.stderr).toContain("Join the minions: nothing to do, 2 joined already");
    expect((await cluster.uids()).stdout).toBe(before);
    expect(await cluster.nodes()).toEqual(THREE);
  });

  it("a node two hours behind is stepped", async () => {
    expect((await cluster.on("minion1", "date -s @$(( $(date +%s) - 7200 ))")).code).toBe(0);
    const behind = Number((await cluster.on("minion1", "date +%s")).stdout) - Date.now() / 1000;
    expect(behind).toBeLessThan(-7000);
    expectDone(await cluster.run("up"));
    const { stdout } = await cluster.on("minion1", "date +%s");
    expect(Math.abs(Number(stdout) - Date.now() / 1000)).toBeLessThan(15);
  });

  it("a finished master whose API is down is reported; its etcd files stay byte for byte", async () => {
    const files = "find /var/lib/etcd -type f -exec sha256sum {} + | sort";
    await cluster.on("master1", "mv /etc/kubernetes/manifests/kube-apiserver.yaml /root/; sleep 8");
    const before = (await cluster.on("master1", files)).stdout;
    expect(before).not.toBe("");
    const outcome = await cluster.run("up");
    expect(outcome.code).toBe(4);
    expect(outcome.stderr).toContain("master1");
    expect(outcome.stderr).toContain("/etc/kubernetes/manifests/kube-apiserver.yaml is not there");
    expect((await cluster.on("master1", files)).stdout).toBe(before);
    const status = await cluster.run("status");
    expect(status.code).toBe(4);
    await cluster.on("master1", "mv /root/kube-apiserver.yaml /etc/kubernetes/manifests/");
    expectDone(await cluster.run("up"));
  });

  it("a minion added in the spec joins; its kubelet never starting is exit 4, and after the repair up finishes", async () => {
    // kubeadm would wait four minutes for the kubelet that does not come.
    const impatient = "kubernetes:\n    kubeadm: { JoinConfiguration: { timeouts: { kubeletHealthCheck: 40s } } }";
    await cluster.editSpec((spec) =>
      spec.replace("minions: { count: 2,", "minions: { count: 3,").replace("kubernetes:", impatient),
    );
    const before = (await cluster.uids()).stdout;
    // The first run brings the machine up; then its kubelet is broken before it may join.
    const run = cluster.start("up", "--verbose");
    await waitFor(() => /minion3: (prepared|kubeadm join)/.test(run.output()));
    await cluster.signal("SIGINT");
    expect((await run.done).code).toBe(130);
    await cluster.on(
      "minion3",
      "mv /usr/bin/kubelet /usr/bin/kubelet.whole; cat > /usr/bin/kubelet; chmod 755 /usr/bin/kubelet",
      // It still says its version, and ends at once when it is to run.
      "#!/bin/sh\ncase $* in *--version*) exec /usr/bin/kubelet.whole --version ;; esac\nexit 1\n",
    );
    const broken = await cluster.run("up");
    expect(broken.code).toBe(4);
    expect(broken.stderr).toContain("minion3");
    expect(await cluster.nodes()).toMatchObject(THREE);
    await cluster.on("minion3", "mv /usr/bin/kubelet.whole /usr/bin/kubelet");
    expectDone(await cluster.run("up"));
    expect(await cluster.nodes()).toEqual({ ...THREE, "minion3.example.com": "Ready" });
    expect((await cluster.uids()).stdout).toContain(before.trim().split("\n")[0]);
  });

  it("destroy removes the machines and what we wrote, and leaves the spec", async () => {
    const outcome = await cluster.run("destroy", "--yes");
    expectDone(outcome);
    expect(Object.keys(await treeOf(cluster.folder)).sort()).toEqual(["alpine-k8s.yaml", "network.yaml"]);
    expect((await inBench("virsh", "list", "--all", "--name")).stdout.trim()).toBe("");
  });
});
