import { cp, readFile } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { inBench, processesMatching, startBench, stopBench } from "./support/bench.js";
import { NODE_IMAGE } from "./support/container.js";
import { expectNobodyJoins, lines, ready, TestCluster } from "./support/cluster.js";
import { everyNodeServes } from "./support/hello.js";
import { expectDone, ROOT, waitFor } from "./support/programs.js";

// One master and one minion that plain Vagrant makes from the rendered files, and what Docker may do to them
// afterwards.
const cluster = new TestCluster("plain");
const NODES = ["master1", "minion1"];
/** The names of the nodes' containers. */
let containers: string[];

/** Names and addresses of the nodes, as the cluster knows them. */
async function addresses(): Promise<string[]> {
  const format = 'jsonpath={range .items[*]}{.metadata.name} {.status.addresses[0].address}{"\\n"}{end}';
  return lines((await cluster.kubectl("get", "nodes", "-o", format)).stdout);
}

async function network(): Promise<string> {
  const { stdout } = await inBench("docker", "network", "ls", "--format", "{{.Name}}", "--filter", "name=plain-");
  return stdout.trim();
}

/** Names of the running containers. */
async function running(): Promise<string[]> {
  return lines((await inBench("docker", "ps", "--format", "{{.Names}}")).stdout);
}

/** Stops dockerd, which first stops the containers. */
async function endDocker(): Promise<void> {
  expectDone(await inBench("sh", "-c", "kill $(cat /run/docker.pid)"));
  await waitFor("dockerd has ended", async () => (await processesMatching(/^dockerd /)).length === 0, 60_000);
}

beforeAll(async () => {
  await startBench();
  const spec = await readFile(join(ROOT, "practice/alpine-k8s.yaml"), "utf8");
  const small = spec.replace("name: practice", "name: plain").replace("minions: { count: 2,", "minions: { count: 1,");
  await cluster.reset(`${small}    - { name: headlamp, manifest: headlamp.yaml }\n`);
  await cp(join(ROOT, "practice/addons/headlamp.yaml"), join(cluster.folder, "headlamp.yaml"));
});

afterAll(async () => {
  await inBench("docker", "rm", "--force", "--volumes", "foreign");
  await cluster.run("destroy", "--yes");
});

describe("plain Vagrant with the rendered files", () => {
  it("vagrant up builds the cluster without the tool, showing no secret", async () => {
    expectDone(await cluster.run("render"));
    const outcome = await cluster.vagrant("up");
    expectDone(outcome);
    console.log(`plain vagrant up of one master and one minion: ${outcome.milliseconds} ms`);
    const token = (await readFile(join(cluster.folder, "cluster-token"), "utf8")).trim();
    expect(outcome.stdout + outcome.stderr).not.toContain(token);
    expect(await readFile(join(cluster.folder, ".alpine-k8s/kubeadm/master1.yaml"), "utf8")).toContain(
      "kubeadm.k8s.io/v1beta2",
    );
  });

  it("kubelets show certificates of the cluster's CA, and whoever logs in to the master has kubectl", async () => {
    const ca = join(cluster.folder, ".alpine-k8s/pki/ca.crt");
    for (const address of ["10.250.250.2", "10.250.250.10"]) {
      const verified = `openssl s_client -connect ${address}:10250 -CAfile ${ca} -verify_ip ${address} </dev/null`;
      expect((await inBench("sh", "-c", verified)).stdout).toContain("Verify return code: 0 (ok)");
    }
    const { stdout } = await cluster.vagrant("ssh", "master1", "-c", "kubectl get nodes --no-headers");
    expect(lines(stdout)).toHaveLength(NODES.length);
  });

  it("add-ons besides the network come, too", async () => {
    const look = "kubectl -n kube-system get deployment headlamp --no-headers";
    const isThere = async (): Promise<boolean> =>
      /^headlamp +1\/1 /m.test((await cluster.vagrant("ssh", "master1", "-c", look)).stdout);
    await waitFor("headlamp is available", isThere, 180_000);
  });

  it("our up after it changes nobody's membership and brings admin.config", async () => {
    const outcome = await cluster.run("up");
    expectDone(outcome);
    expect(outcome.stderr).toContain("Initialise the control plane: nothing to do");
    expect(outcome.stderr).toContain("Join the minions: nothing to do, 1 joined already");
    expectDone(await cluster.run("addons", "status", "headlamp"));
    expect(await cluster.nodes()).toEqual(ready(...NODES));
    await everyNodeServes(cluster, NODES);
  });
});

describe("nodes that are containers", () => {
  it("keep addresses and node objects when dockerd is cut off and another container starts in their network", async () => {
    const before = { uids: await cluster.uids(), addresses: await addresses() };
    expect(before.addresses).toEqual(["master1.example.com 10.250.250.2", "minion1.example.com 10.250.250.10"]);
    containers = await running();
    expect(containers).toHaveLength(2);
    // Docker stops while they are off, so that the other container is the first to ask for an address when it is back.
    expectDone(await cluster.run("down"));
    const foreign = ["--name", "foreign", "--restart", "always", "--network", await network()];
    expectDone(await inBench("docker", "run", "--detach", ...foreign, NODE_IMAGE, "sleep", "1d"));
    await stopBench();
    await startBench();
    await waitFor("the other container runs", async () => (await running()).includes("foreign"), 60_000);
    expect(await running()).toEqual(["foreign"]);
    const outcome = await cluster.run("up", "--verbose");
    expectDone(outcome);
    expectNobodyJoins(outcome);
    expect({ uids: await cluster.uids(), addresses: await addresses() }).toEqual(before);
    await everyNodeServes(cluster, NODES);
  });

  it.each([
    ["cut off", stopBench],
    ["ended as its service would", endDocker],
  ])("come back by themselves when dockerd is %s while they run", async (_how, end) => {
    const before = { uids: await cluster.uids(), addresses: await addresses() };
    await end();
    await startBench();
    const all = [...containers, "foreign"].sort();
    await waitFor("every container runs", async () => isDeepStrictEqual((await running()).sort(), all), 60_000);
    expectDone(await cluster.run("up"));
    expect({ uids: await cluster.uids(), addresses: await addresses() }).toEqual(before);
    await everyNodeServes(cluster, NODES);
  });
});
