import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startBench } from "./support/bench.js";
import { hostsSpec, lines, ready, TestCluster } from "./support/cluster.js";
import type { Machines } from "./support/machines.js";
import { expectDone, waitFor } from "./support/programs.js";
import { storyMachines } from "./support/story-machines.js";
import { expectServed, webServer } from "./support/web-server.js";

const NODES = ["master1", "minion1"];
/** Kinds of objects that users make by hand: none may be lost. */
const KEPT = "nodes,namespaces,deployments,replicasets,services,configmaps,secrets,serviceaccounts";
const CUTS = Number(process.env["ALPINE_K8S_CUTS"] ?? "20");

const cluster = new TestCluster("power");
let machines: Machines;
/** The Service's address in the cluster. */
let service = "";

beforeAll(async () => {
  await startBench();
  machines = await storyMachines("power");
  await cluster.reset(hostsSpec("power", machines.logins));
});
afterAll(() => machines.end());

/** Kinds, names and uids of the objects that must be kept, one per line, sorted. */
async function objects(): Promise<string[]> {
  const format = 'jsonpath={range .items[*]}{.kind} {.metadata.namespace}/{.metadata.name} {.metadata.uid}{"\\n"}{end}';
  const outcome = await cluster.kubectl("get", KEPT, "--all-namespaces", "-o", format);
  expectDone(outcome);
  return lines(outcome.stdout)
    .filter((line) => !line.includes("/bootstrap-token-"))
    .sort();
}

/** The Service answers on this node. */
const expectWeb = (node: string): Promise<void> => expectServed(machines, node, "web", service);

/**
 * A pod reaches a Service by its name, at the first try: what "healthy" promises. The pod is a user's, so that its own
 * start is waited for.
 */
async function expectReachedByName(): Promise<void> {
  const inPod = (...words: string[]) => cluster.kubectl("exec", "deployment/web", "--", "busybox", ...words);
  await waitFor("the pod runs again", async () => (await inPod("true")).code === 0);
  // The API answers a request without TLS, too, in words.
  const asked = await inPod("timeout", "5", "busybox", "wget", "-q", "-O", "-", "http://kubernetes.default:443/");
  const now = async (): Promise<string> => (await inPod("nslookup", "kubernetes.default.svc.cluster.local")).stdout;
  expect(asked.stderr, asked.code === 0 ? "" : await now()).toContain("400 Bad Request");
}

/** Starts `up`, cuts the power of all machines as soon as it has printed the words, and returns its whole output. */
async function cutDuringUp(words: string): Promise<string> {
  const running = cluster.start("up", "--verbose");
  await waitFor(`up says ${words}`, () => running.output().includes(words), 600_000);
  await machines.unplug(...NODES);
  const outcome = await running.done;
  expect(outcome.code).toBe(4);
  await machines.plug(...NODES);
  return outcome.stderr;
}

describe("the power goes in the middle of the first up", () => {
  it("while kubeadm makes the control plane: up says so, and can be run again", async () => {
    const said = await cutDuringUp("master1: [wait-control-plane] Waiting");
    expect(said).toContain("-> Initialise the control plane");
    expect(said).toMatch(/Error: Initialise the control plane: master1: /);
    const marks = await machines.on("master1", "ls /etc/alpine-k8s | grep init");
    expect(marks.stdout).toBe("init.started\n");
  });

  it("while a minion joins: the same", async () => {
    const said = await cutDuringUp("minion1: [kubelet-start] Starting the kubelet");
    expect(said).toContain("ok Initialise the control plane");
    // CoreDNS is brought beside the joins: whichever misses its node first ends the run, and both are told.
    expect(said).toMatch(/Error: (Join the minions: minion1|Start CoreDNS: master1): /);
    expect(said).toMatch(/minion1: .*; the rest is done without it/);
  });

  it("up finishes what was begun", async () => {
    const outcome = await cluster.run("up");
    expectDone(outcome);
    expect(outcome.stderr).toContain("master1: checking");
    expect(outcome.stderr).not.toContain("master1: kubeadm init");
    expect(outcome.stderr).toContain("minion1: kubeadm join");
    expect(await cluster.nodes()).toEqual(ready(...NODES));
    expect(await cluster.tokens()).toHaveLength(1);
  });
});

describe("the power goes while the cluster serves", () => {
  let before: readonly string[];

  it("a Service is served", async () => {
    expectDone(await cluster.apply(...webServer("web")));
    expectDone(await cluster.kubectl("rollout", "status", "deployment/web", "--timeout=120s"));
    service = (await cluster.kubectl("get", "service", "web", "-o", "jsonpath={.spec.clusterIP}")).stdout;
    await expectWeb("master1");
    before = await objects();
    expect(before.filter((line) => line.startsWith("Node "))).toHaveLength(2);
  });

  it.each(Array.from({ length: CUTS }, (_, index) => index + 1))(
    "cut %i: up brings the same cluster and its pods back, and nobody joins anew",
    async () => {
      const then = await starts(NODES);
      expect(Object.keys(then).join()).toContain("web-");
      await machines.unplug(...NODES);
      await machines.plug(...NODES);
      const outcome = await cluster.run("up");
      expectDone(outcome);
      await expectReachedByName();
      const status = await cluster.run("status");
      expectDone(status);
      expect(status.stdout).toContain("alpine-k8s up has nothing to do.");
      expect(outcome.stderr).not.toMatch(/kubeadm (init|join)/);
      expect(await cluster.nodes()).toEqual(ready(...NODES));
      await expectSame(NODES, then);
    },
  );

  it.each(["minion1", "master1", "master1 minion1"])("a reboot of %s needs no command", async (names) => {
    const rebooted = names.split(" ");
    const then = await starts(rebooted);
    await machines.reboot(...rebooted);
    await expectSame(rebooted, then);
    expect(await cluster.nodes()).toEqual(ready(...NODES));
    await cluster.expectBecomesHealthy();
  });

  /** Every pod on these nodes was restarted and is ready, the Service answers, and the objects are the same. */
  async function expectSame(nodes: readonly string[], then: Starts): Promise<void> {
    const missing = async (): Promise<string[]> => {
      const now = await starts(nodes);
      return Object.keys(then).filter((pod) => (now[pod] ?? 0) <= (then[pod] ?? 0));
    };
    await expect.poll(missing, { timeout: 300_000, interval: 1000 }).toEqual([]);
    await expectWeb("master1");
    expect(await objects()).toEqual(before);
  }
});

/** How often each pod was restarted, by its name. */
type Starts = Readonly<Record<string, number>>;

/** The restarts of the ready pods on these nodes; empty while the API does not answer. */
async function starts(nodes: readonly string[]): Promise<Starts> {
  const fields =
    '{.spec.nodeName} {.metadata.name} {.status.containerStatuses[0].restartCount} {.status.containerStatuses[0].ready}{"\\n"}';
  const format = `jsonpath={range .items[*]}${fields}{end}`;
  const { stdout } = await cluster.kubectl("get", "pods", "--all-namespaces", "-o", format);
  const pods = lines(stdout).map((line) => line.split(" "));
  return Object.fromEntries(
    pods
      .filter(([node = "", , , isReady]) => nodes.includes(node.split(".")[0] ?? "") && isReady === "true")
      .map(([, pod = "", count]) => [pod, Number(count)]),
  );
}
