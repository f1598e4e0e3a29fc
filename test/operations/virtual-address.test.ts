import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { beforeEach, describe, expect, it } from "vitest";
import { planUp, up } from "../../src/operations/up/up.js";
import type { UpSummary } from "../../src/operations/up/summary.js";
import { FakeWorld, SPEC } from "./fake-world.js";
import { transcriptOf } from "./transcript.js";

const NODES = "  nodes: { masters: { count: 3 }, minions: { count: 1 } }\n";
const WITHOUT = `${SPEC}${NODES}`;
const WITH = WITHOUT.replace(/addons: \[/, "addons: [kube-vip, ");
const MASTERS = ["master1", "master2", "master3"];
const ALL = [...MASTERS, "minion1"];

let world: FakeWorld;

async function bring(spec: string): Promise<void> {
  world = await FakeWorld.create(spec);
  for (const name of ALL) world.machine(name).facts["interface"] = "eth1";
}

const around = () => ({
  ...{ folder: world.folder, tools: world.tools(), progress: world.progress() },
  signal: new AbortController().signal,
});

const run = (more: { waitFor?: "addons" } = {}): Promise<UpSummary> => up({ ...around(), overrides: {}, ...more });
const config = (): Promise<string> => readFile(join(world.folder, "admin.config"), "utf8");
const serverIn = (text: string): unknown =>
  (parse(text) as { clusters: [{ cluster: { server: string } }] }).clusters[0].cluster.server;
const rewrite = (spec: string): Promise<void> => writeFile(join(world.folder, "alpine-k8s.yaml"), spec);

describe("up with one address for three masters", () => {
  beforeEach(() => bring(WITH));

  it("gives each master its pod, waits for the API at the address, then lets every node use it", async () => {
    const { warnings } = await run();
    expect(warnings).toEqual([]);
    expect(world.addressActions).toEqual([
      ...MASTERS.map((name) => `put ${name}`),
      "ask master1",
      ...ALL.map((name) => `use ${name}`),
    ]);
    await expect(transcriptOf(world)).toMatchFileSnapshot("../golden/transcripts/virtual-address.txt");
  });

  it("writes an admin.config that leads to the address", async () => {
    await run();
    expect(serverIn(await config())).toBe("https://10.250.250.9:6443");
  });

  it("asks nothing more when all is done", async () => {
    await run();
    world.addressActions.splice(0);
    await run();
    expect(world.addressActions).toEqual([]);
  });

  it("warns when the address does not come, and nodes go on with the masters' own", async () => {
    world.virtualAddressAnswers = false;
    world.carriers = [waiting("ImagePullBackOff", "Back-off pulling image")];
    const { warnings } = await run();
    expect(warnings).toEqual([
      expect.stringMatching(
        /^the masters have no address of all yet: gave up after \d+ s waiting for the API at 10\.250\.250\.9: the pod that carries it on master1\.example\.com: ImagePullBackOff: Back-off pulling image; nodes use the masters' own\. To wait for it: alpine-k8s up --wait addons$/,
      ),
    ]);
    expect(world.addressActions.filter((one) => one.startsWith("use"))).toEqual([]);
    world.virtualAddressAnswers = true;
    world.addressActions.splice(0);
    expect((await run()).warnings).toEqual([]);
    expect(world.addressActions).toEqual(["ask master1", ...ALL.map((name) => `use ${name}`)]);
  });

  it("fails when the address is waited for and does not come", async () => {
    world.virtualAddressAnswers = false;
    await expect(run({ waitFor: "addons" })).rejects.toMatchObject({
      kind: "timeout",
      message: expect.stringMatching(/Use the address of all masters: gave up after \d+ s waiting for the API at 10/) as unknown,
    });
  });

  it("plans the pods and what nodes are told", async () => {
    const { steps } = await planUp({ ...around(), overrides: {} });
    const items = (id: string): readonly string[] => steps.find((step) => step.id === id)?.items.map(({ text }) => text) ?? [];
    expect(items("put-virtual-address")).toEqual(
      MASTERS.map((name) => `put the pod that carries 10.250.250.9 on ${name}`),
    );
    expect(items("use-virtual-address")).toEqual(
      ALL.map((name) => `let ${name} ask the API at 10.250.250.9, and restart kube-proxy there`),
    );
  });

  it("takes it back when the spec has it no more: first from the hosts files, then from the masters", async () => {
    await run();
    world.addressActions.splice(0);
    world.transcript.splice(0);
    await rewrite(WITHOUT);
    for (const name of ALL) {
      delete world.machine(name).facts["virtual_first"];
      world.machine(name).unmet.push("hosts-endpoint");
    }
    await run();
    expect(world.addressActions).toEqual(MASTERS.map((name) => `drop ${name}`));
    const commands = world.transcript.filter((line) => /\$ (shared|virtual-address)\.sh/.test(line));
    expect(commands.findLastIndex((line) => line.includes("shared.sh"))).toBeLessThan(
      commands.findIndex((line) => line.includes("virtual-address.sh")),
    );
    expect(serverIn(await config())).toBe("https://10.250.250.2:6443");
  });
});

it("is given to a cluster that has none", async () => {
  await bring(WITHOUT);
  await run();
  expect(world.addressActions).toEqual([]);
  expect(serverIn(await config())).toBe("https://10.250.250.2:6443");
  await rewrite(WITH);
  await run();
  expect(world.addressActions).toHaveLength(8);
  expect(serverIn(await config())).toBe("https://10.250.250.9:6443");
});

function waiting(reason: string, message: string) {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "kube-vip-master1.example.com", namespace: "kube-system" },
    spec: { nodeName: "master1.example.com" },
    status: { containerStatuses: [{ name: "kube-vip", state: { waiting: { reason, message } } }] },
  };
}
