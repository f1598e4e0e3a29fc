import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { inBench, processesMatching, startBench } from "./support/bench.js";
import { expectNobodyJoins, lines, ready, TestCluster } from "./support/cluster.js";
import { everyNodeServes } from "./support/hello.js";
import { expectDone, type Outcome, ROOT, waitFor } from "./support/programs.js";
import { keyLines, SecretWatch } from "./support/secret-watch.js";
import { treeOf } from "./support/tree.js";

// From an empty folder to pods on every node, with real Vagrant on containers.
const cluster = new TestCluster("vagrant");
const NODES = ["master1", "minion1", "minion2"];
const THREE = ready(...NODES);

/** The container of a node. */
async function container(node: string): Promise<string> {
  const { stdout } = await inBench("docker", "ps", "--all", "--format", "{{.Names}}");
  return lines(stdout).find((name) => name.endsWith(`-${node}`)) ?? `no-container-of-${node}`;
}

/** Runs a shell command as root on a node. */
async function on(node: string, command: string): Promise<Outcome> {
  return inBench("docker", "exec", await container(node), "sh", "-c", command);
}

/** Prints what must not change on a node: configuration, services, markers. */
const STATE_OF_NODE =
  "find /etc /var/lib/kubelet /opt/cni -type f ! -name '*.log' ! -path '/var/lib/kubelet/p*' -exec sha256sum {} + | sort | sha256sum";

async function nodesState(): Promise<string[]> {
  const states = await Promise.all(NODES.map((node) => on(node, STATE_OF_NODE)));
  expect(states.map((state) => state.code)).toEqual(NODES.map(() => 0));
  return states.map((state) => state.stdout);
}

/** The token first, then the lines of the CA's key and of the cluster's ssh key. */
async function secrets(): Promise<string[]> {
  const read = (name: string): Promise<string> => readFile(join(cluster.folder, name), "utf8");
  const [token, caKey, sshKey] = await Promise.all([
    read("cluster-token"),
    read(".alpine-k8s/pki/ca.key"),
    read(".alpine-k8s/ssh/id_ed25519"),
  ]);
  return [token.trim(), ...keyLines(caKey), ...keyLines(sshKey)];
}

beforeAll(async () => {
  await startBench();
  await mkdir(cluster.folder, { recursive: true });
  if ((await cluster.vagrant("status")).stdout.includes("running")) await cluster.run("destroy", "--yes");
  await cluster.reset(await readFile(join(ROOT, "practice/alpine-k8s.yaml"), "utf8"));
});

afterAll(async () => {
  await cluster.run("destroy", "--yes");
});

describe("the first up", () => {
  const watch = new SecretWatch();
  afterAll(() => watch.end());

  /**
   * Sends Ctrl-C when `isMoment` accepts the output so far; nothing of ours may go on running, here or on the nodes.
   */
  async function interruptedAt(what: string, isMoment: (said: string) => boolean): Promise<void> {
    const run = cluster.start("up", "--verbose");
    await waitFor(what, () => isMoment(run.output()));
    await cluster.signal("SIGINT");
    const outcome = await run.done;
    expect({ code: outcome.code, said: outcome.stderr }).toMatchObject({ code: 130 });
    expect(outcome.stderr).toContain("interrupted");
    expect(await processesMatching(/(ruby|vagrant) .*\bup\b/)).toEqual([]);
    for (const node of NODES) {
      if ((await on(node, "true")).code !== 0) continue;
      const ours = "ps -o args | grep -E '[k]ubeadm (init|join)|[b]ase64 -d'; ls /run | grep '^alpine-k8s\\.'";
      let left = "";
      const isAlone = async (): Promise<boolean> => (left = (await on(node, ours)).stdout.trim()) === "";
      await waitFor(`${node} is left alone`, isAlone, 30_000, () => left);
    }
  }

  it("Ctrl-C while the machines boot ends the run with 130; Vagrant is waited for", () =>
    interruptedAt("Vagrant makes containers", (said) => /Creating the container|Container created/i.test(said)));

  it("Ctrl-C while nodes are prepared does so, too", () =>
    interruptedAt("all are being prepared", (said) => NODES.every((node) => said.includes(`${node}: preparing`))));

  it("a watch for secrets in command lines starts, on this computer and so on every node", async () => {
    await watch.start(await secrets());
  });

  it.each([
    ["init", /master1: \[(control-plane|kubelet-start|certs)\]/],
    ["join", /minion1: kubeadm join/],
  ])("Ctrl-C during %s does so, too", (name, moment) => interruptedAt(name, (said) => moment.test(said)));

  it("then makes one master and two minions, with pods on each, DNS, and a Service across nodes", async () => {
    const outcome = await cluster.run("up");
    expectDone(outcome);
    expect(outcome.stdout).toContain("Cluster practice is up: Kubernetes v1.20.2, provider vagrant.");
    expect(outcome.stdout).toContain("practice cluster: real Kubernetes");
    expect(outcome.stdout + outcome.stderr).not.toContain((await secrets())[0]);
    expect(await cluster.nodes()).toEqual(THREE);
    console.log(`up of what was interrupted: ${outcome.milliseconds} ms`);
    await everyNodeServes(cluster, NODES);
  });

  it("no secret was in a command line, on this computer or on a node, from init to the last join", async () => {
    const { found, samples } = await watch.stop();
    expect(found).toBe("");
    expect(samples).toBeGreaterThan(100);
  });
});

describe("the same cluster again", () => {
  it("up only looks, changes no file on the nodes or in the folder, and is quick", async () => {
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
    expect(status.notices.join()).toContain("practice cluster");
  });

  it("plain vagrant up and provision after our up change nothing", async () => {
    const before = { nodes: await nodesState(), uids: await cluster.uids() };
    expectDone(await cluster.vagrant("up"));
    expectDone(await cluster.vagrant("provision"));
    expect({ nodes: await nodesState(), uids: await cluster.uids() }).toEqual(before);
    expectDone(await cluster.run("up"));
  });

  it("after vagrant halt, up starts the containers: same node objects, nobody joins", async () => {
    const before = await cluster.uids();
    expectDone(await cluster.vagrant("halt"));
    const outcome = await cluster.run("up", "--verbose");
    expectDone(outcome);
    expectNobodyJoins(outcome);
    expect(await cluster.uids()).toEqual(before);
    expect(await cluster.nodes()).toEqual(THREE);
    await everyNodeServes(cluster, NODES);
  });

  it("a finished master whose API is down is reported; its etcd files are not touched", async () => {
    const file = "/etc/kubernetes/manifests/kube-apiserver.yaml";
    await on("master1", `mv ${file} /root/`);
    await waitFor("the API is gone", async () => (await cluster.kubectl("get", "--raw", "/readyz")).code !== 0);
    const outcome = await cluster.run("up");
    expect(outcome.code).toBe(4);
    expect(outcome.stderr).toContain("master1");
    expect(outcome.stderr).toContain(`${file} is not there`);
    expect((await cluster.run("status")).code).toBe(4);
    expect((await on("master1", "test -e /var/lib/etcd/member/wal")).code).toBe(0);
    await on("master1", `mv /root/kube-apiserver.yaml ${file}`);
    expectDone(await cluster.run("up"));
  });

  it("destroy removes the containers, their network and what we wrote, and leaves the spec", async () => {
    expectDone(await cluster.run("destroy", "--yes"));
    expect(Object.keys(await treeOf(cluster.folder)).sort()).toEqual(["alpine-k8s.yaml", "network.yaml"]);
    expect(lines((await inBench("docker", "ps", "--all", "--quiet")).stdout)).toEqual([]);
    expect(lines((await inBench("docker", "volume", "ls", "--quiet")).stdout)).toEqual([]);
    expect((await inBench("docker", "network", "ls")).stdout).not.toContain("practice-");
  });
});
