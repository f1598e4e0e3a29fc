import { rm, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Plan } from "../../src/engine/item.js";
import { openHostKeys } from "../../src/remote/host-keys.js";
import type { Tools } from "../../src/engine/tools.js";
import { clusterStatus } from "../../src/operations/status.js";
import { planUp, up, type UpInput } from "../../src/operations/up/up.js";
import type { SpecOverrides } from "../../src/model/spec/parse-spec.js";
import { treeOf } from "../stories/support/tree.js";
import type { FakeMachine } from "./fake-machine.js";
import { ADDONS_RECORD } from "./fake-api.js";
import { FakeWorld, SPEC } from "./fake-world.js";
import { doneIn, idsOf, recordedIds, runsOf } from "./plans.js";

const HOSTS = `${SPEC.replace("vagrant: { provider: libvirt }", "provider: hosts")}  hosts:
    - { name: master1, role: master, address: 192.168.7.2 }
    - { name: minion1, role: minion, address: 192.168.7.10 }
`;
const MASTERS = `${SPEC}  nodes: { masters: { count: 3 }, minions: { count: 1 } }\n`;

async function bring(spec = SPEC): Promise<FakeWorld> {
  const world = await FakeWorld.create(spec);
  return world;
}

/** The world's tools, with connections that pin host keys as real ones do. */
function pinning(world: FakeWorld): Tools {
  const tools = world.tools();
  const pins = openHostKeys(join(world.folder, ".alpine-k8s/known_hosts"));
  const pin = (name: string) => pins.pin(name, { type: "ssh-ed25519", blob: Buffer.from(name).toString("base64") });
  return {
    ...tools,
    // Without a version in the spec, the first master is asked for it.
    discoverDefaults: async (asked) => {
      if (asked.spec.kubernetes.version === undefined && asked.pins !== false) {
        await pin("master1");
        asked.onPinned?.("master1", "SHA256:x");
      }
      return tools.discoverDefaults(asked);
    },
    connect: async (target, options) => {
      if (options.pins !== false) await pin(target.name);
      return tools.connect(target, options);
    },
  };
}

function input(world: FakeWorld, overrides: SpecOverrides = {}): UpInput {
  const { folder } = world;
  return { folder, overrides, tools: pinning(world), progress: world.progress(), signal: new AbortController().signal };
}

/** Plans, and demands that nothing was changed by it: no file, no command but looks. */
async function planned(world: FakeWorld, overrides?: SpecOverrides): Promise<Plan> {
  world.transcript.splice(0);
  const before = await treeOf(world.folder, /^$/);
  const plan = await planUp(input(world, overrides));
  expect(await treeOf(world.folder, /^$/)).toEqual(before);
  expect(world.transcript.filter((line) => !/\(read only\)$| \/ api GET /.test(line))).toEqual([]);
  return plan;
}

/** Plans, runs, and demands that what was certain was done, and that nothing was done that was not planned. */
async function planAndRun(world: FakeWorld, overrides?: SpecOverrides): Promise<ReturnType<typeof idsOf>> {
  const { certain, all } = idsOf(await planned(world, overrides));
  expect(new Set(all).size).toBe(all.length);
  world.transcript.splice(0);
  const runs = await runsOf(world.folder);
  await up(input(world, overrides));
  const recorded = await recordedIds(world.folder, runs);
  expect(certain.filter((id) => !recorded.includes(id))).toEqual([]);
  expect(recorded.filter((id) => !all.includes(id))).toEqual([]);
  // The record is what the run set out to do; the world saw what it did.
  const done = doneIn(world);
  expect(done.filter((key) => !all.some((id) => id.startsWith(`${key}/`)))).toEqual([]);
  const acts = certain.filter((id) => /^(init|join|renew|compare)\S*\/\w+\/|^start-machines\/\w+\/(?!pin-)/.test(id));
  expect(acts.filter((id) => !done.some((key) => id.startsWith(`${key}/`)))).toEqual([]);
  return { certain, all };
}

describe("up --dry-run", () => {
  it("of a new cluster knows every item", async () => {
    const world = await bring();
    const { certain, all } = await planAndRun(world);
    expect(all.filter((id) => !certain.includes(id))).toEqual(["start-dns/master1/start"]);
    expect(certain.filter((id) => id.includes("/minion1/"))).toEqual([
      "start-machines/minion1/start",
      "start-machines/minion1/prepare",
      "start-machines/minion1/pin-host-key",
      "join-minions/minion1/join",
    ]);
    expect(certain).toEqual(
      expect.arrayContaining([
        ...["write-identity/-/ca-key", "write-identity/-/cluster-token", "write-identity/-/identity-yaml"],
        ...["render-files/-/vagrantfile", "render-files/-/kubeadm-minion1-yaml", "fetch-manifests/-/network-yaml"],
        ...["init-control-plane/master1/init", "apply-network/-/apply", "write-admin-config/-/write"],
      ]),
    );
  });

  it("of hosts that are asked for their version first knows that their keys are pinned", async () => {
    const { certain } = await planAndRun(await bring(HOSTS.replace('  kubernetes: { version: "v1.36.1" }\n', "")));
    expect(certain).toContain("start-machines/master1/pin-host-key");
    expect(certain).toContain("start-machines/minion1/pin-host-key");
  });

  it("of a healthy cluster has nothing to do", async () => {
    const world = await bring();
    await up(input(world));
    expect(await planAndRun(world)).toEqual({ certain: [], all: [] });
  });

  it("of a halted minion says for sure that it is started, and what may come of it", async () => {
    const world = await bring();
    await up(input(world));
    world.machine("minion2").running = false;
    expect(await planAndRun(world)).toEqual({
      certain: ["start-machines/minion2/start"],
      all: [
        "start-machines/minion2/start",
        "start-machines/minion2/prepare",
        "renew-kube-proxy/minion2/restart-kube-proxy",
        "join-minions/-/make-token",
        "join-minions/minion2/join",
        "renew-kubelet-certificates/minion2/renew-kubelet-certificate",
      ],
    });
  });

  it("of an unmet condition names it, and why", async () => {
    const world = await bring();
    await up(input(world));
    world.machine("minion1").unmet = ["sysctls", "hosts-endpoint"];
    const plan = await planned(world);
    expect(plan.steps.flatMap(({ items }) => items.map(({ text }) => text))).toEqual([
      "see to sysctls on minion1: not yet",
      "see to hosts-endpoint on minion1: not yet",
      "restart kube-proxy on minion1",
    ]);
    await planAndRun(world);
  });

  it("of a host whose key is not pinned pins none, and says that the run does", async () => {
    const world = await bring(HOSTS);
    const { certain } = await planAndRun(world);
    expect(certain).toContain("start-machines/minion1/pin-host-key");
    await rm(join(world.folder, ".alpine-k8s/known_hosts"));
    expect((await planAndRun(world)).all).toEqual([
      "start-machines/master1/pin-host-key",
      "start-machines/minion1/pin-host-key",
    ]);
  });

  it("waits for no lock, and takes none", async () => {
    const world = await bring();
    await up(input(world));
    const lock = join(world.folder, ".alpine-k8s/lock");
    const holder = { pid: process.ppid, host: "elsewhere", command: "alpine-k8s destroy", since: "noon" };
    await writeFile(lock, JSON.stringify(holder));
    await utimes(lock, 1, 1);
    expect(idsOf(await planned(world)).all).toEqual([]);
  });

  it("ends as the run would where that changes nothing first, or lets a node down", async () => {
    const world = await bring();
    world.machine("minion2").state = "foreign";
    Object.assign(world.machine("minion2"), { running: true, exists: true });
    await expect(planUp(input(world))).rejects.toMatchObject({ kind: "conflict", node: "minion2" });
    await writeFile(join(world.folder, "shared.sh"), "echo mine\n");
    await expect(planUp(input(world))).rejects.toMatchObject({ kind: "conflict" });
  });

  it("tells what differs from the spec as the run does", async () => {
    const world = await bring();
    await up(input(world));
    await planned(world, { minions: 1 });
    expect(world.warnings).toEqual([
      "minion2 exists and is not in the spec; it stays until it is removed (alpine-k8s remove-node minion2)",
    ]);
  });
});

/** Nodes of which status says that up would do something. */
async function namedByStatus(world: FakeWorld): Promise<readonly string[]> {
  const { upWould } = await clusterStatus(input(world));
  const lines = upWould.filter((line) => !/^(tell|wait|fetch)/.test(line));
  return [...new Set(lines.flatMap((line) => /\b(?:master|minion)\d\b/.exec(line) ?? []))].sort();
}

/** Nodes on which up would do something for sure. */
async function changedBy(world: FakeWorld): Promise<readonly string[]> {
  const { certain } = idsOf(await planned(world));
  return [...new Set(certain.flatMap((id) => /\/(\w+)\/(?!pin-)/.exec(id)?.[1] ?? []))].sort();
}

type Change = (world: FakeWorld) => void | Promise<void>;
const LOST: Partial<FakeMachine> = {
  running: false,
  exists: false,
  state: "clean",
  role: "none",
  kubelet: "none",
  api: "none",
  networkSha256: "none",
};

/** What may have happened to a cluster that was up. */
const CHANGES: Readonly<Record<string, Change>> = {
  "a minion is off": (world) => void (world.machine("minion1").running = false),
  "all machines are off": (world) => void [...world.machines.values()].forEach((one) => (one.running = false)),
  "all are off and their kubelets are down": (world) =>
    void [...world.machines.values()].forEach((one) => Object.assign(one, { running: false, kubelet: "refused" })),
  "a machine was destroyed by hand": (world) =>
    void Object.assign(world.machine("minion1"), { ...LOST, unmet: ["sysctls"], met: [] }),
  "the first master was destroyed by hand": (world) =>
    world.etcd.members.length > 1 ? void Object.assign(world.machine("master1"), LOST) : undefined,
  "a kubelet is down": (world) => void (world.machine("minion1").kubelet = "refused"),
  "an API is down": (world) => void (world.machine("master1").api = "down"),
  "a clock is behind": (world) => void (world.machine("minion1").clockOffset = -7200),
  "certificates end soon": (world) => world.issue(12),
  "the API has lost a node": (world) => void (world.machine("minion1").forgotten = true),
  "the endpoint is another one": (world) => void (world.machine("minion1").unmet = ["hosts-endpoint"]),
  "the network is another one": (world) => {
    const record = world.objects.get(ADDONS_RECORD);
    if (record) world.objects.set(ADDONS_RECORD, { ...record, data: { canal: "another" } });
  },
  "the record of add-ons was removed": (world) => void world.objects.delete(ADDONS_RECORD),
  "the token was removed": (world) => rm(join(world.folder, "cluster-token"), { force: true }),
  "a minion was reset": (world) =>
    void Object.assign(world.machine("minion1"), { state: "clean", role: "none", kubelet: "none" }),
  "admin.config was removed": (world) => rm(join(world.folder, "admin.config"), { force: true }),
  "rendered files were removed": async (world) => {
    await rm(join(world.folder, "shared.sh"));
    await rm(join(world.folder, ".alpine-k8s/kubeadm/minion1.yaml"));
  },
  "an add-node was not finished": async (world) => {
    await writeFile(join(world.folder, ".alpine-k8s/adding"), "minion1\n");
    await writeFile(join(world.folder, ".alpine-k8s/join-tokens"), "abcdef\n");
  },
  "the host keys were removed": (world) => rm(join(world.folder, ".alpine-k8s/known_hosts"), { force: true }),
};

describe.each([
  ["one master", SPEC],
  ["three masters", MASTERS],
])("with %s the ids planned are the ids done, when", (_name, spec) => {
  it.each(Object.entries(CHANGES))("%s", async (_what, change) => {
    const world = await bring(spec);
    await up(input(world));
    await change(world);
    expect(await namedByStatus(world)).toEqual(await changedBy(world));
    await planAndRun(world);
    // Where another master was asked, admin.config leads to it; the second run leads it back.
    await planAndRun(world);
    expect(idsOf(await planned(world))).toEqual({ certain: [], all: [] });
  });

  it.each([1, 2, 4, 6, 8, 11])("several things happened, drawn with the number %i", async (seed) => {
    const world = await bring(spec);
    await up(input(world));
    const names = Object.keys(CHANGES);
    const drawn = [seed, seed * 7 + 3, seed * 13 + 5].map((number) => names[number % names.length] ?? "");
    for (const name of new Set(drawn)) await CHANGES[name]?.(world);
    await planAndRun(world);
  });
});
