import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { down, type DownSummary } from "../../src/operations/down.js";
import type { Tools } from "../../src/engine/tools.js";
import { up } from "../../src/operations/up/up.js";
import { AlpineK8sError } from "../../src/base/errors.js";
import type { MachineState } from "../../src/vagrant/machine-state.js";
import { FakeWorld, SPEC } from "./fake-world.js";

const HOSTS = `apiVersion: alpine-k8s/v1
kind: Cluster
metadata: { name: demo }
spec:
  kubernetes: { version: "v1.36.1" }
  provider: hosts
  addons: [{ name: canal, manifest: network.yaml }]
  hosts:
    - { name: master1, role: master, address: 203.0.113.7, privateAddress: 10.250.250.2 }
    - { name: minion1, role: minion, address: 203.0.113.8, privateAddress: 10.250.250.10, user: me, become: doas }
    - { name: minion2, role: minion, address: 203.0.113.9, privateAddress: 10.250.250.11, user: me }
`;

let world: FakeWorld;
const signal = new AbortController().signal;

async function make(spec: string): Promise<void> {
  world = await FakeWorld.create(spec);
  await up({ folder: world.folder, overrides: {}, tools: world.tools(), progress: world.progress(), signal });
  world.transcript.splice(0);
}

function run(changes: Partial<Pick<Parameters<typeof down>[0], "tools" | "signal">> = {}): Promise<DownSummary> {
  return down({ folder: world.folder, tools: world.tools(), progress: world.progress(), signal, ...changes });
}

/** The world's tools with other states of machines than running and halted. */
function withStates(states: Readonly<Record<string, MachineState>>): Tools {
  const tools = world.tools();
  return {
    ...tools,
    machines: async (input) => {
      const machines = await tools.machines(input);
      return { ...machines, states: async () => new Map([...(await machines.states()), ...Object.entries(states)]) };
    },
  };
}

const vagrant = (): string[] => world.transcript.filter((line) => line.includes(" / vagrant "));
const lock = (): string => join(world.folder, ".alpine-k8s/lock");

describe("down", () => {
  beforeEach(() => make(SPEC));

  it("halts the minions together and then the master, by Vagrant alone, and leaves a log of the run", async () => {
    expect(await run()).toEqual({
      ...{ cluster: "demo", halted: ["minion1", "minion2", "master1"], off: [], left: [], next: ["alpine-k8s up"] },
    });
    expect(world.transcript).toEqual([
      "Halt the minions / vagrant halt minion1 minion2",
      "Halt the masters / vagrant halt master1",
    ]);
    expect((await readdir(join(world.folder, ".alpine-k8s/logs"))).some((name) => name.endsWith("-down"))).toBe(true);
  });

  it("a second time does nothing, and writes nothing", async () => {
    await run();
    world.transcript.splice(0);
    const logs = await readdir(join(world.folder, ".alpine-k8s/logs"));
    expect(await run()).toMatchObject({ halted: [], off: ["master1", "minion1", "minion2"], left: [] });
    expect(vagrant()).toEqual([]);
    expect(world.transcript).toContain("Halt the masters: nothing to do, none of them runs");
    expect(await readdir(join(world.folder, ".alpine-k8s/logs"))).toEqual(logs);
  });

  it("is undone by up: the machines start, nobody is initialised or joins", async () => {
    await run();
    world.transcript.splice(0);
    await up({ folder: world.folder, overrides: {}, tools: world.tools(), progress: world.progress(), signal });
    expect(vagrant()).toHaveLength(1);
    expect(world.transcript.filter((line) => line.includes("minion.sh"))).toEqual([]);
    expect([...world.machines.values()].map((machine) => machine.state)).toEqual(Array(3).fill("finished"));
  });

  it("halts several masters together, after the minions", async () => {
    await make(`${SPEC}  nodes: { masters: { count: 3 }, minions: { count: 1 } }\n`);
    expect((await run()).halted).toEqual(["minion1", "master1", "master2", "master3"]);
    expect(vagrant()).toEqual([
      "Halt the minions / vagrant halt minion1",
      "Halt the masters / vagrant halt master1 master2 master3",
    ]);
  });

  it("halts a machine that is in the spec no more, with the minions", async () => {
    await writeFile(join(world.folder, "alpine-k8s.yaml"), `${SPEC}  nodes: { minions: { count: 1 } }\n`);
    expect((await run()).halted).toEqual(["minion1", "minion2", "master1"]);
  });

  it("halts what is left when the spec contradicts the cluster", async () => {
    await writeFile(join(world.folder, "alpine-k8s.yaml"), SPEC.replace("v1.36.1", "v1.35.0"));
    expect((await run()).halted).toEqual(["minion1", "minion2", "master1"]);
  });

  it("leaves a suspended machine, tells one that was never made, halts and tells the awkward ones", async () => {
    Object.assign(world.machine("minion2"), { exists: false, running: false });
    expect(await run({ tools: withStates({ minion1: "suspended", master1: "half-created" }) })).toEqual({
      ...{ cluster: "demo", halted: ["master1"], off: [], next: ["alpine-k8s up"] },
      left: [
        {
          ...{ name: "master1", state: "half-created" },
          reason: "its first boot was interrupted; alpine-k8s up makes it anew",
        },
        {
          ...{ name: "minion1", state: "suspended" },
          reason:
            "its memory is saved, and a halt would lose that; to switch it off: vagrant resume minion1, then alpine-k8s down",
        },
        { name: "minion2", state: "absent", reason: "no machine was made for it yet" },
      ],
    });
  });

  it("interrupted between minions and master ends; run again it halts the rest", async () => {
    const stop = new AbortController();
    world.onCommand = () => stop.abort(new AlpineK8sError("interrupted", "interrupted"));
    await expect(run({ signal: stop.signal })).rejects.toMatchObject({ kind: "interrupted" });
    world.onCommand = () => undefined;
    await expect(readFile(lock())).rejects.toMatchObject({ code: "ENOENT" });
    expect(await run()).toMatchObject({ halted: ["master1"], off: ["minion1", "minion2"] });
  });

  it("fails with the step, what Vagrant says and the log; the master stays up when a minion does not end", async () => {
    const tools = world.tools();
    const failing: Tools = {
      ...tools,
      machines: async (input) => ({
        ...(await tools.machines(input)),
        halt: () =>
          Promise.reject(new AlpineK8sError("node", "halting minion1 failed: no", { hints: ["vagrant status"] })),
      }),
    };
    await expect(run({ tools: failing })).rejects.toMatchObject({
      ...{ kind: "node", message: "Halt the minions: halting minion1 failed: no", hints: ["vagrant status"] },
      logFile: expect.stringMatching(/logs\/.*-down$/) as string,
    });
    expect(world.machine("master1").running).toBe(true);
  });

  it("is refused while another run works on the cluster", async () => {
    await writeFile(lock(), JSON.stringify({ pid: process.ppid, host: "elsewhere", command: "up", since: "noon" }));
    await expect(run()).rejects.toMatchObject({ kind: "locked" });
    expect(vagrant()).toEqual([]);
  });
});

describe("down refuses", () => {
  it("a folder without a cluster", async () => {
    world = await FakeWorld.create(SPEC);
    await expect(run()).rejects.toMatchObject({ kind: "usage", hints: ["alpine-k8s up"] });
    expect(await readdir(world.folder)).not.toContain(".alpine-k8s");
  });

  it("machines of others, with what to type instead, minions first", async () => {
    await make(HOSTS);
    await expect(run()).rejects.toMatchObject({
      kind: "usage",
      message: "the machines of cluster demo are not ours to switch off (provider: hosts); nothing was done",
      hints: [
        "alpine-k8s ssh minion1 -- doas poweroff",
        "alpine-k8s ssh minion2 -- sudo poweroff",
        "alpine-k8s ssh master1 -- poweroff",
        "switch them on again your way, then: alpine-k8s up",
      ],
    });
    expect(world.transcript).toEqual([]);
  });
});
