import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { adminConfigText } from "../../src/operations/kubectl/kubectl-config.js";
import { clusterStatus } from "../../src/operations/status.js";
import { up } from "../../src/operations/up/up.js";
import { SPEC } from "../commands/run-command.js";
import { FakeWorld } from "./fake-world.js";

let world: FakeWorld;
beforeEach(async () => {
  world = await FakeWorld.create(SPEC);
  await up(input());
  world.transcript.splice(0);
});

const input = (): Parameters<typeof up>[0] => ({
  ...{ folder: world.folder, overrides: {}, tools: world.tools(), progress: world.progress() },
  signal: new AbortController().signal,
});
const names = ["master1", "minion1", "minion2"];
const commands = (): string[] => world.transcript.flatMap((line) => / \/ (.*)$/.exec(line)?.[1] ?? []);
const changes = (): string[] => commands().filter((line) => line.includes("$ ") && !line.includes("(read only)"));
const firstCallOfTheApi = (): number => commands().findIndex((line) => line.startsWith("api "));

describe("after a power cut of all machines", () => {
  it("up starts them, wakes what is down, joins nobody and changes no admin.config", async () => {
    const before = await readFile(join(world.folder, "admin.config"), "utf8");
    for (const name of names) {
      Object.assign(world.machine(name), { running: false, kubelet: "connection refused" });
    }
    Object.assign(world.machine("master1"), { api: "down" });
    await up(input());
    expect(commands()[0]).toBe("vagrant up master1 minion1 minion2");
    expect(changes()).toEqual(["master1$ master.sh", "minion1$ minion.sh", "minion2$ minion.sh"]);
    expect(world.adminConf).not.toBe("");
    expect(await readFile(join(world.folder, "admin.config"), "utf8")).toBe(before);
  });
});

describe("with clocks that are behind, as after a restored snapshot", () => {
  it("up steps every clock before it calls the API", async () => {
    for (const name of names) world.machine(name).clockOffset = -7200;
    await up(input());
    const stepped = names.map((name) => commands().indexOf(`${name}$ shared.sh`));
    for (const index of stepped) expect(index).toBeGreaterThan(-1);
    expect(stepped[0]).toBeLessThan(firstCallOfTheApi());
    expect(names.map((name) => world.machine(name).clockOffset)).toEqual([0, 0, 0]);
  });

  it("up steps the master's clock before it renews certificates", async () => {
    await world.issue(3);
    world.machine("master1").clockOffset = -7200;
    await up(input());
    expect(changes()).toEqual(["master1$ shared.sh", "master1$ certs.sh"]);
    expect(commands().indexOf("master1$ certs.sh")).toBeLessThan(firstCallOfTheApi());
  });

  it("status changes nothing, says so first, and exits unhealthy", async () => {
    Object.assign(world.machine("master1"), { clockOffset: -7200, api: "down" });
    const status = await clusterStatus(input());
    expect(changes()).toEqual([]);
    expect(status.healthy).toBe(false);
    expect(status.upWould[0]).toMatch(/^see to master1\.example\.com: clock: 7[12]\d\d s behind this computer's$/);
    expect(status.upWould[1]).toBe("see to master1.example.com: api: does not answer on this master");
  });

  it("kubectl-config takes the folder's config and asks no node", async () => {
    world.machine("master1").clockOffset = -7200;
    await adminConfigText(input());
    expect(commands()).toEqual([]);
  });
});

describe("with an etcd that came back from an older snapshot", () => {
  it("up restarts the kubelets of the nodes that the API lost; nobody joins", async () => {
    for (const name of ["minion1", "minion2"]) world.machine(name).forgotten = true;
    const summary = await up(input());
    expect(changes().sort()).toEqual(["minion1$ restart kubelet", "minion2$ restart kubelet"]);
    expect(summary.warnings).toEqual([
      "minion1 has joined and the API has no node of its name; its kubelet is restarted to make it",
      "minion2 has joined and the API has no node of its name; its kubelet is restarted to make it",
    ]);
    world.transcript.splice(0);
    expect((await up(input())).warnings).toEqual([]);
    expect(changes()).toEqual([]);
  });

  it("status tells a certificate renewal that up would do, and calls the cluster healthy", async () => {
    await world.issue(12);
    const status = await clusterStatus(input());
    expect(status.upWould).toEqual(["renew the certificates of master1.example.com (11 days left)"]);
    expect(status.healthy).toBe(true);
  });
});
