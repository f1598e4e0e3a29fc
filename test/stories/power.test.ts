import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startBench } from "./support/bench.js";
import { benchMachines } from "./support/bench-machines.js";
import { hostsSpec, lines, ready, TestCluster } from "./support/cluster.js";
import type { Machines } from "./support/machines.js";
import { expectDone, waitFor } from "./support/programs.js";
import { webServer } from "./support/web-server.js";

const NODES = ["master1", "minion1"];
/** Every object counts as kept that somebody may have made by hand. */
const KEPT = "nodes,namespaces,deployments,replicasets,services,configmaps,secrets,serviceaccounts";
const CUTS = process.env["ALPINE_K8S_LONG"] === "1" ? 20 : 3;

const cluster = new TestCluster("power");
let machines: Machines;
/** The address of the Service that is served. */
let service = "";

beforeAll(async () => {
  await startBench();
  machines = await benchMachines("power", { masters: 1, minions: 1 });
  await cluster.reset(hostsSpec("power", machines.logins));
});
afterAll(() => machines.end());

/** Kinds, names and ids of what the cluster keeps, one a line, sorted. */
async function objects(): Promise<string[]> {
  const format = 'jsonpath={range .items[*]}{.kind} {.metadata.namespace}/{.metadata.name} {.metadata.uid}{"\\n"}{end}';
  const outcome = await cluster.kubectl("get", KEPT, "--all-namespaces", "-o", format);
  expectDone(outcome);
  return lines(outcome.stdout)
    .filter((line) => !line.includes("/bootstrap-token-"))
    .sort();
}

/** A page from the Service's address, fetched on a node by a connection of its own. */
async function served(node: string): Promise<string> {
  return (await machines.on(node, `timeout 5 wget -q -O - http://${service}/`)).stdout;
}

/** Starts `up`, takes the power from all machines as soon as it has said the words, and tells all that it says. */
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
    expect(said).toMatch(/Error: Join the minions: minion1: /);
  });

  it("up finishes what was begun", async () => {
    const outcome = await cluster.run("up");
    expectDone(outcome);
    expect(outcome.stderr).toContain("Initialise the control plane: nothing to do");
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
    await waitFor("the Service is served", async () => (await served("master1")) === "web\n", 60_000);
    before = await objects();
    expect(before.filter((line) => line.startsWith("Node "))).toHaveLength(2);
  });

  it.each(Array.from({ length: CUTS }, (_, index) => index + 1))(
    "cut %i: up brings the same cluster and its pods back, and nobody joins anew",
    async () => {
      const boots = await bootsOfWeb();
      await machines.unplug(...NODES);
      await machines.plug(...NODES);
      const outcome = await cluster.run("up");
      expectDone(outcome);
      expect(outcome.stderr).toContain("Initialise the control plane: nothing to do");
      expect(outcome.stderr).toContain("Join the minions: nothing to do, 1 joined already");
      expect(await cluster.nodes()).toEqual(ready(...NODES));
      await waitFor("the pod's container runs again", async () => (await bootsOfWeb()) > boots, 120_000);
      await waitFor("the Service is served", async () => (await served("master1")) === "web\n", 60_000);
      expect(await objects()).toEqual(before);
    },
  );
});

/** How often the one pod's container was started again. */
async function bootsOfWeb(): Promise<number> {
  const format = "jsonpath={.items[*].status.containerStatuses[*].restartCount}";
  const { stdout } = await cluster.kubectl("get", "pods", "-l", "app=web", "-o", format);
  expect(stdout).toMatch(/^\d+$/);
  return Number(stdout);
}
