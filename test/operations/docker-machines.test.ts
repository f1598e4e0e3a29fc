import { createServer, type AddressInfo, type Server } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { clockAdvice } from "../../src/machines/clock-limit.js";
import { dockerMachines } from "../../src/machines/docker-machines.js";
import type { Machines } from "../../src/machines/machines.js";
import { canReach } from "../../src/remote/can-reach.js";
import type { PlannedNode } from "../../src/model/topology/topology.js";
import type { DockerContainers } from "../../src/vagrant/docker-containers.js";

const PUBLISHED = { address: "127.0.0.1", port: 2200 };

function refuse(): never {
  throw new Error("the fake was not told about this");
}

function nodeAt(address: string): PlannedNode {
  return {
    ...{ name: "master1", fqdn: "master1.example.com", role: "master", address },
    ...{ cpus: 2, memory: 2048, labels: {}, taints: [] },
  };
}

function machinesWith(
  containers: Partial<DockerContainers>,
  vagrant: Partial<Machines> = {},
  { reached = false, sharesAddress = false } = {},
) {
  const log: string[] = [];
  const made = dockerMachines({
    vagrant: {
      capabilities: { ownKernel: true, managesClock: true, inOurNetwork: true },
      checkPrerequisites: refuse,
      existing: refuse,
      start: refuse,
      ...vagrant,
    } as Machines,
    containers: { check: refuse, published: refuse, removeLeftovers: refuse, removeNetwork: refuse, ...containers },
    demands: { kubernetesVersion: "v1.31.4", allowsCgroupV1: false, sharesAddress },
    network: "demo-0123abcd",
    nameservers: ["192.0.2.1"],
    reaches: () => Promise.resolve(reached),
    log: (line) => log.push(line),
  });
  return { made, log };
}

describe("containers are reached", () => {
  const target = () =>
    Promise.resolve({ name: "master1", address: "10.250.250.2", port: 22, user: "vagrant" } as never);
  const node = nodeAt("10.250.250.2");

  it("at their own addresses where somebody answers there", async () => {
    const { made } = machinesWith({}, { directTarget: target }, { reached: true });
    expect(await made.directTarget(node)).toMatchObject({ address: "10.250.250.2", port: 22 });
    expect(await made.apiEndpoint?.(node)).toEqual({ address: "10.250.250.2", port: 6443 });
  });

  it("at the published ports where this computer gets to no container", async () => {
    const asked: unknown[] = [];
    const published = (name: string, port: number) => {
      asked.push([name, port]);
      return Promise.resolve(PUBLISHED);
    };
    const { made } = machinesWith({ published }, { directTarget: target });
    expect(await made.directTarget(node)).toMatchObject({ ...PUBLISHED, user: "vagrant" });
    expect(await made.apiEndpoint?.(node)).toEqual(PUBLISHED);
    expect(asked).toEqual([
      ["master1", 22],
      ["master1", 6443],
    ]);
  });

  it("at their own addresses when nothing is published or Docker does not answer, which is logged", async () => {
    const direct = { address: "10.250.250.2", port: 6443 };
    const none = machinesWith({ published: () => Promise.resolve(undefined) });
    expect(await none.made.apiEndpoint?.(node)).toEqual(direct);
    const away = machinesWith({ published: () => Promise.reject(new Error("docker inspect failed")) });
    expect(await away.made.apiEndpoint?.(node)).toEqual(direct);
    expect(away.log).toEqual(["docker inspect failed"]);
  });
});

describe("an address", () => {
  const servers: Server[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
  });

  it("is reached when somebody listens there, and when the connection is refused", async () => {
    const server = createServer();
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    expect(await canReach("127.0.0.1", port, 10_000)).toBe(true);
    await new Promise((resolve) => servers.pop()?.close(resolve));
    expect(await canReach("127.0.0.1", port, 10_000)).toBe(true);
    expect(await canReach("no such address", port, 10_000)).toBe(false);
  });
});

describe("containers", () => {
  it("have the clock of their computer: it is never stepped, and the advice says whose it is", () => {
    const { made } = machinesWith({});
    expect(made.capabilities).toEqual({ ownKernel: false, managesClock: false, inOurNetwork: false });
    expect(clockAdvice(made)).toContain("the computer that Docker runs on");
    expect(clockAdvice({ capabilities: { ...made.capabilities, ownKernel: true } })).toContain("on the node");
  });

  it("are started after those were removed that an ended run left under their names", async () => {
    const order: string[] = [];
    const { made, log } = machinesWith(
      {
        removeLeftovers: (names) => {
          order.push(`remove ${String(names)}`);
          return Promise.resolve(["demo-0123abcd-minion1"]);
        },
      },
      {
        start: (names) => {
          order.push(`start ${String(names)}`);
          return Promise.resolve();
        },
      },
    );
    await made.start(["minion1"], { onReady: refuse, onActivity: refuse, signal: new AbortController().signal });
    expect(order).toEqual(["remove minion1", "start minion1"]);
    expect(log).toEqual(["removed containers that an interrupted run left: demo-0123abcd-minion1"]);
  });

  it("leave nothing behind at last", async () => {
    const gone: string[] = [];
    const { made } = machinesWith({
      removeLeftovers: (names) => Promise.resolve([String(names)]),
      removeNetwork: (name) => Promise.resolve(void gone.push(name)),
    });
    await made.removeLeftovers?.();
    expect(gone).toEqual(["demo-0123abcd"]);
  });

  it("are made only by a Docker that can carry them; those that exist prove it", async () => {
    const refused = () => Promise.reject(new Error("this is rootless Docker"));
    const checkPrerequisites = () => Promise.resolve();
    const bare = machinesWith({ check: refused }, { checkPrerequisites, existing: () => Promise.resolve([]) });
    await expect(bare.made.checkPrerequisites()).rejects.toThrow("this is rootless Docker");
    const there = machinesWith(
      { check: refused },
      { checkPrerequisites, existing: () => Promise.resolve(["master1"]) },
    );
    await there.made.checkPrerequisites();
  });

  it("are asked again about an address that one of the masters carries, which may be new", async () => {
    const refused = () => Promise.reject(new Error("in a virtual machine"));
    const checkPrerequisites = () => Promise.resolve();
    const existing = () => Promise.resolve(["master1"]);
    const { made } = machinesWith({ check: refused }, { checkPrerequisites, existing }, { sharesAddress: true });
    await expect(made.checkPrerequisites()).rejects.toThrow("in a virtual machine");
  });
});
