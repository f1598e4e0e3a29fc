import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { addNode } from "../../src/operations/add-node/add-node.js";
import { clusterStatus } from "../../src/operations/status.js";
import type { UpSummary } from "../../src/operations/up/summary.js";
import { up } from "../../src/operations/up/up.js";
import type { SpecOverrides } from "../../src/model/spec/parse-spec.js";
import { FakeWorld, SPEC } from "./fake-world.js";

let world: FakeWorld;
beforeEach(async () => {
  world = await FakeWorld.create(SPEC);
});

function input() {
  return {
    folder: world.folder,
    tools: world.tools(),
    progress: world.progress(),
    signal: new AbortController().signal,
  };
}

function run(overrides: SpecOverrides = {}): Promise<UpSummary> {
  return up({ ...input(), overrides });
}

/** The recorded commands and requests of one step, without the step's title. */
function linesOf(step: string): string[] {
  const lines = world.transcript.filter((line) => line.startsWith(`${step} / `));
  return lines.map((line) => line.slice(step.length + 3));
}

describe("a node that has another size than the spec says", () => {
  const TOLD =
    "minion1 has 1 CPUs and 1900 MiB, the spec says 2 CPUs and 2048 MiB; a restart gives it the new size (vagrant reload minion1)";
  beforeEach(() => {
    world.machine("master1").facts = { cpus: "2", memory_kib: String(1940 * 1024) };
    world.machine("minion1").facts = { cpus: "1", memory_kib: String(1900 * 1024) };
  });

  it("is told by up with what to type, and left alone", async () => {
    expect((await run()).warnings).toEqual([TOLD]);
    world.transcript.splice(0);
    expect((await run()).warnings).toEqual([TOLD]);
    expect(world.transcript.filter((line) => line.includes("vagrant "))).toEqual([]);
  });

  it("is told by status, which calls the cluster healthy", async () => {
    await run();
    expect(await clusterStatus(input())).toMatchObject({ healthy: true, upWould: [`tell: ${TOLD}`] });
  });
});

describe("a node that is missing from the spec", () => {
  const TOLD = "minion2 exists and is not in the spec; it stays until it is removed (alpine-k8s remove-node minion2)";

  it.each([
    ["in the cluster and running", {}],
    ["halted, and unknown to the API", { running: false, state: "clean" as const }],
    ["only known to the API", { running: false, exists: false }],
  ])("%s: is told once, and nothing is destroyed", async (_name, change) => {
    await run();
    Object.assign(world.machine("minion2"), change);
    world.transcript.splice(0);
    expect((await run({ minions: 1 })).warnings).toEqual([TOLD]);
    expect(world.transcript.filter((line) => line.includes("vagrant "))).toEqual([]);
    const spec = `${SPEC}  nodes: { minions: { count: 1 } }\n`;
    await writeFile(join(world.folder, "alpine-k8s.yaml"), spec);
    expect(await clusterStatus(input())).toMatchObject({ healthy: true, upWould: [`tell: ${TOLD}`] });
  });
});

describe("what may go wrong with the networks", () => {
  it("is told before the first machine, and not again", async () => {
    const spec = SPEC.replace("version:", "podSubnet: 192.168.0.0/16, version:");
    await writeFile(join(world.folder, "alpine-k8s.yaml"), spec);
    const told = "192.168.0.0/16 overlaps 192.168.121.0/24, which libvirt uses on the first card of every machine";
    expect((await run()).warnings).toEqual([told]);
    expect((await run()).warnings).toEqual([]);
  });
});

describe("kube-proxy", () => {
  const STEP = "Renew kube-proxy";

  it("is restarted on a finished node whose entry of the endpoint changed, and only there", async () => {
    await run();
    world.machine("minion1").unmet = ["hosts-endpoint"];
    world.machine("minion2").unmet = ["resolv-conf"];
    world.transcript.splice(0);
    await run();
    expect(linesOf(STEP)).toEqual([
      "api GET /api/v1/namespaces/kube-system/pods?fieldSelector=spec.nodeName%3Dminion1.example.com",
      "api DELETE /api/v1/namespaces/kube-system/pods/kube-proxy-minion1",
      // Of the networks, the one that asks the API at the endpoint.
      "api DELETE /api/v1/namespaces/kube-system/pods/canal-minion1",
    ]);
    world.transcript.splice(0);
    await run();
    expect(linesOf(STEP)).toEqual([]);
  });

  it("of a new node has the entry from its start", async () => {
    for (const name of ["master1", "minion1", "minion2"]) world.machine(name).unmet = ["hosts-endpoint"];
    await run();
    expect(linesOf(STEP)).toEqual([]);
    expect(world.transcript).toContain(`${STEP}: nothing to do, no node got another endpoint`);
  });
});

describe("nodes with the same ids", () => {
  const ID = "0123456789abcdef0123456789abcdef";
  const same = (facts: Record<string, string>, ...names: string[]): void => {
    for (const name of names) world.machine(name).facts = { ...facts };
  };

  const renewed = (name: string, of: string): string =>
    `${name} had the machine-id of ${of}: one is a copy of the other; ${name} has got a new one`;

  it("the machine-id: each copy gets a new one before it joins, and it is told", async () => {
    same({ machine_id: ID }, "master1", "minion1", "minion2");
    expect((await run()).warnings).toEqual([renewed("minion1", "master1"), renewed("minion2", "master1")]);
    const lines = linesOf("Join the minions");
    for (const name of ["minion1", "minion2"]) {
      expect(lines.indexOf(`${name} put /etc/machine-id`)).toBeGreaterThanOrEqual(0);
      expect(lines.indexOf(`${name} put /etc/machine-id`)).toBeLessThan(lines.indexOf(`${name}$ minion.sh`));
      expect(world.machine(name).facts["machine_id"]).toMatch(/^[0-9a-f]{32}$/);
    }
    const ids = ["master1", "minion1", "minion2"].map((name) => world.machine(name).facts["machine_id"]);
    expect(new Set(ids).size).toBe(3);
    expect(ids[0]).toBe(ID);
  });

  it("the machine-id, with a finished node: the one that has not joined gets a new one, whatever their order", async () => {
    await run();
    world.machine("minion1").state = "clean";
    same({ machine_id: ID }, "minion1", "minion2");
    expect((await run()).warnings).toEqual([renewed("minion1", "minion2")]);
    expect(world.machine("minion2").facts["machine_id"]).toBe(ID);
  });

  it("the machine-id that shared.sh has made new on one of them is no matter", async () => {
    same({ machine_id: ID }, "minion1", "minion2");
    world.machine("minion2").unmet = ["machine-id"];
    expect((await run()).warnings).toEqual([]);
  });

  it("the machine-id, of a copy of a node that had joined: told, although nobody has to join", async () => {
    await run();
    same({ machine_id: ID }, "minion1", "minion2");
    expect((await run()).warnings).toEqual([
      `minion1 and minion2 have the same machine-id ${ID}; anything that identifies nodes by it will confuse them`,
    ]);
  });

  it("the product uuid: told, and they join", async () => {
    same({ product_uuid: "4C4C4544-0000" }, "master1");
    same({ product_uuid: "4c4c4544-0000" }, "minion2");
    expect((await run()).warnings).toEqual([
      "master1 and minion2 have the same product uuid 4c4c4544-0000; Kubernetes wants them distinct: give one of the machines a new one in its hypervisor",
    ]);
    expect(world.machine("minion2").state).toBe("finished");
  });
});

describe("a node that a removal has cordoned which was not ended", () => {
  const TOLD =
    "minion1.example.com is cordoned: no new pod is put on it (alpine-k8s kubectl -- uncordon minion1.example.com)";

  it("is told by up and status, also when up has made its machine anew", async () => {
    await run();
    Object.assign(world.machine("minion1"), { cordoned: true, exists: false, running: false, state: "clean" });
    expect((await run()).warnings).toEqual([TOLD]);
    const { healthy, upWould } = await clusterStatus(input());
    expect({ healthy, upWould }).toEqual({ healthy: true, upWould: [`tell: ${TOLD}`] });
  });

  it("is told by add-node, too", async () => {
    await run();
    Object.assign(world.machine("minion1"), { cordoned: true, exists: false, running: false, state: "clean" });
    const { warnings } = await addNode({ ...input(), wish: { count: 1, shape: {}, host: {} } });
    expect(warnings).toEqual([TOLD]);
  });
});
