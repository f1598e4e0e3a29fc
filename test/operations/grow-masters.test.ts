import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { AlpineK8sError } from "../../src/base/errors.js";
import type { Tools } from "../../src/engine/tools.js";
import type { KubeApi } from "../../src/kube/kube-api.js";
import { addNode } from "../../src/operations/add-node/add-node.js";
import { disableAddon } from "../../src/operations/addons/disable.js";
import { up } from "../../src/operations/up/up.js";
import { serverOf } from "./admin-server.js";
import { FakeWorld } from "./fake-world.js";

/** A cluster as Vagrant makes it, whose add-ons are the default. */
const HEAD = `apiVersion: alpine-k8s/v1
kind: Cluster
metadata: { name: demo }
spec:
  kubernetes: { version: "v1.36.1" }
  vagrant: { provider: libvirt }
`;
const nodes = (masters: number): string => `  nodes: { masters: { count: ${masters} }, minions: { count: 2 } }\n`;
const OWN = "https://10.250.250.2:6443";
const SHARED = "https://10.250.250.9:6443";
const MASTERS = ["master1", "master2", "master3"];
const ALL = [...MASTERS, "minion1", "minion2"];

let world: FakeWorld;

const around = () => ({
  ...{ folder: world.folder, tools: tools(), progress: world.progress() },
  signal: new AbortController().signal,
});

/** The default add-ons have manifests of upstream's shape, and the API has the network's workloads. */
function tools(): Tools {
  const real = world.tools();
  const definitions = (group: string): string[] =>
    [...world.objects.values()].flatMap(({ kind, metadata }) =>
      kind === "CustomResourceDefinition" && metadata.name.endsWith(`.${group}`) ? metadata.name.split(".", 1) : [],
    );
  const withCanal = (kube: KubeApi): KubeApi => ({
    ...kube,
    groupPath: (group) => Promise.resolve(group),
    get: (group) => Promise.resolve({ resources: definitions(group).map((name) => ({ name })) }),
    list: async (path, signal) => {
      const found = await kube.list(path, signal);
      const [first] = found;
      if (first === undefined || (!path.endsWith("/daemonsets") && !path.endsWith("/deployments"))) return found;
      const known = ["canal", "calico-kube-controllers"];
      return [...found, ...known.map((name) => ({ ...first, metadata: { ...first.metadata, name } }))];
    },
  });
  return {
    ...real,
    manifest: async ({ ref }) => {
      const file = new URL(`../addons/fixtures/${ref.name}.yaml`, import.meta.url);
      return { text: await readFile(file, "utf8"), source: `${ref.name}.yaml` };
    },
    kube: async (input) => withCanal(await real.kube(input)),
  };
}

const run = () => up({ ...around(), overrides: {} });
const write = (spec: string): Promise<void> => writeFile(join(world.folder, "alpine-k8s.yaml"), spec);
const server = async (): Promise<string> => serverOf(await readFile(join(world.folder, "admin.config"), "utf8"));
/** The first line of the transcript that has it. */
const at = (pattern: RegExp): number => world.transcript.findIndex((line) => pattern.test(line));
const forget = (): void => {
  world.transcript.splice(0);
  world.address.actions.splice(0);
};
/** Other addresses than these nodes have in their hosts files are wanted. */
const endpointMoves = (...names: readonly string[]): void => {
  for (const name of names) world.machine(name).unmet.push("hosts-endpoint");
};
const CHANGES = /vagrant|\.sh$| DELETE /;

/** Stops a run as soon as the API's address is dealt with on a node in this way. */
async function stoppedAt(action: string): Promise<void> {
  const stop = new AbortController();
  world.onCommand = () => {
    if (world.address.actions.includes(action)) stop.abort(new AlpineK8sError("interrupted", "interrupted"));
  };
  await expect(up({ ...around(), overrides: {}, signal: stop.signal })).rejects.toMatchObject({ kind: "interrupted" });
  world.onCommand = () => undefined;
}

beforeEach(async () => {
  world = await FakeWorld.create(`${HEAD}${nodes(1)}`);
  for (const name of ALL) world.machine(name).facts["interface"] = "eth1";
  await run();
  forget();
});

describe("from one master to three, with the default address", () => {
  const given = [...MASTERS.map((name) => `put ${name}`), "ask master1", ...ALL.map((name) => `use ${name}`)];

  it("begins without an address", async () => {
    expect(at(/virtual-address/)).toBe(-1);
    expect(await server()).toBe(OWN);
  });

  it("up of a changed spec joins two masters, gives them the address, and does nothing more the next time", async () => {
    await write(`${HEAD}${nodes(3)}`);
    endpointMoves("master1", "minion1", "minion2");
    await run();
    expect(ALL.filter((name) => at(new RegExp(`${name}\\$ shared\\.sh$`)) < 0)).toEqual([]);
    expect(world.address.actions).toEqual(given);
    expect(at(/master3\$ master\.sh/)).toBeLessThan(at(/virtual-address\.sh/));
    expect(await server()).toBe(SHARED);
    forget();
    await run();
    expect(world.transcript.filter((line) => CHANGES.test(line))).toEqual([]);
  });

  it("add-node of two masters does the same, and leaves nothing for up", async () => {
    endpointMoves("master1", "minion1", "minion2");
    await addNode({ ...around(), wish: { count: 2, role: "master", shape: {}, host: {} } });
    expect(world.address.actions).toEqual(given);
    expect(at(/minion2\$ shared\.sh/)).toBeLessThan(at(/virtual-address\.sh/));
    expect(await server()).toBe(SHARED);
    forget();
    await run();
    expect(world.transcript.filter((line) => CHANGES.test(line))).toEqual([]);
  });

  it.each(["put master2", "ask master1", "use master1", "use minion1"])(
    "stopped at «%s», up goes on",
    async (action) => {
      await write(`${HEAD}${nodes(3)}`);
      await stoppedAt(action);
      const before = [...world.address.actions];
      world.address.actions.splice(0);
      await run();
      const done = [...before, ...world.address.actions].filter((one) => !one.startsWith("ask"));
      expect(done).toEqual(given.filter((one) => !one.startsWith("ask")));
      expect(await server()).toBe(SHARED);
    },
  );

  it("two masters have none", async () => {
    await write(`${HEAD}${nodes(2)}`);
    await run();
    expect(world.address.actions).toEqual([]);
    expect(await server()).toBe(OWN);
  });
});

describe("back to none", () => {
  const dropped = MASTERS.map((name) => `drop ${name}`);

  beforeEach(async () => {
    await write(`${HEAD}${nodes(3)}`);
    await run();
    forget();
    for (const name of ALL) delete world.machine(name).facts["virtual_first"];
    endpointMoves(...ALL);
  });

  it.each([
    ["a spec whose add-ons do not have it", `${HEAD}${nodes(3)}  addons: [canal, metrics-server, headlamp]\n`],
    [
      "a load balancer of one's own",
      `${HEAD.replace('"v1.36.1"', '"v1.36.1", apiServer: { endpoint: 10.250.250.200 }')}${nodes(3)}`,
    ],
  ])("by %s: all nodes first, then one master after the other", async (_, spec) => {
    await write(spec);
    await run();
    expect(world.address.actions).toEqual(dropped);
    const last = world.transcript.findLastIndex((line) => /shared\.sh$|kube-proxy-/.test(line));
    expect(last).toBeLessThan(at(/virtual-address\.sh/));
    expect(await server()).toBe(OWN);
    forget();
    await run();
    expect(world.transcript.filter((line) => CHANGES.test(line))).toEqual([]);
  });

  it("stopped when one master has given it up, up goes on with the others", async () => {
    await write(`${HEAD}${nodes(3)}  addons: [canal, metrics-server, headlamp]\n`);
    await stoppedAt("drop master1");
    await run();
    expect(world.address.actions).toEqual(dropped);
    expect(await server()).toBe(OWN);
  });

  it("by addons disable, which writes the default's others into the spec", async () => {
    const confirm = (): Promise<boolean> => Promise.resolve(true);
    await disableAddon({ ...around(), name: "kube-vip", withData: false, timeout: 5_000, confirm });
    expect(world.address.actions).toEqual(dropped);
    expect(parse(await readFile(join(world.folder, "alpine-k8s.yaml"), "utf8"))).toMatchObject({
      spec: { addons: ["canal", "metrics-server", "headlamp"] },
    });
    expect(await server()).toBe(OWN);
  });
});
