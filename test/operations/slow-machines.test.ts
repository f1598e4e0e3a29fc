import { expect, it } from "vitest";
import type { Tools } from "../../src/engine/tools.js";
import { up } from "../../src/operations/up/up.js";
import { KubeError } from "../../src/kube/kube-error.js";
import { FakeWorld, SPEC } from "./fake-world.js";

const MINUTE = 60_000;

/** The world's tools; records the time limit of every command. */
function watched(world: FakeWorld, limits: Map<string, number>): Tools {
  const tools = world.tools();
  const connect: Tools["connect"] = async (target, options) => {
    const host = await tools.connect(target, options);
    return {
      ...{ name: host.name, putFile: host.putFile.bind(host), openPort: host.openPort.bind(host) },
      close: () => host.close(),
      run: (command) => {
        limits.set(command.name, command.timeout ?? MINUTE);
        return host.run(command);
      },
    };
  };
  return { ...tools, connect };
}

it("packages, and kubeadm's own waits, fit into the time that their script gets, however slow the machine", async () => {
  const world = await FakeWorld.create(SPEC);
  const limits = new Map<string, number>();
  await up({
    ...{ folder: world.folder, overrides: {}, progress: world.progress(), signal: new AbortController().signal },
    tools: watched(world, limits),
  });
  expect(limits.get("shared.sh")).toBeGreaterThan(20 * MINUTE);
  const [controlPlane, api, manifest] = [10 * MINUTE, 5 * MINUTE, 5 * MINUTE];
  expect(limits.get("master.sh")).toBeGreaterThan(controlPlane + api + manifest + 10 * MINUTE);
  const [endpoint, discovery, bootstrap] = [5 * MINUTE, 10 * MINUTE, 5 * MINUTE];
  expect(limits.get("minion.sh")).toBeGreaterThan(endpoint + discovery + bootstrap);
});

/** The world's tools; the API fails as many times as `stalls.left` says. */
function stalling(world: FakeWorld, stalls: { left: number }, error: () => Error): Tools {
  const tools = world.tools();
  const kube: Tools["kube"] = async (input) => {
    const api = await tools.kube(input);
    const orStall = <T>(go: () => Promise<T>): Promise<T> => (stalls.left-- > 0 ? Promise.reject(error()) : go());
    return {
      ...api,
      find: (path) => orStall(() => api.find(path)),
      list: (path) => orStall(() => api.list(path)),
      apply: (objects, manager) => orStall(() => api.apply(objects, manager)),
    };
  };
  return { ...tools, kube };
}

const run = (world: FakeWorld, tools: Tools): Promise<unknown> =>
  up({
    ...{ folder: world.folder, overrides: {}, progress: world.progress(), signal: new AbortController().signal },
    tools,
  });

it("an API that stalls while nodes join is asked again, and up goes on", async () => {
  const world = await FakeWorld.create(SPEC);
  const stalls = { left: 5 };
  const error = (): Error => new KubeError("GET /api/v1/nodes", 500, "", "etcdserver: request timed out");
  await run(world, stalling(world, stalls, error));
  expect(stalls.left).toBeLessThan(0);
  expect(world.machine("minion2").state).toBe("finished");
});

it("an API that stays away is given a minute, and one that refuses is not asked again", async () => {
  const world = await FakeWorld.create(SPEC);
  await run(world, world.tools());
  const gone = { left: 1000 };
  await expect(run(world, stalling(world, gone, away))).rejects.toThrow(
    "Apply the network: GET /api/v1/nodes: connect ECONNREFUSED (Unreachable)",
  );
  expect(1000 - gone.left).toBe(31);
  const refusing = { left: 1000 };
  const refused = (): Error => new KubeError("GET /api/v1/nodes", 400, "BadRequest", "no");
  await expect(run(world, stalling(world, refusing, refused))).rejects.toThrow("(400 BadRequest)");
  expect(refusing.left).toBe(999);
});

it("the API of a new cluster is given as long to take the record of its network as master.sh gives it", async () => {
  const world = await FakeWorld.create(SPEC);
  await run(world, stalling(world, { left: 140 }, away));
  expect(world.machine("minion2").state).toBe("finished");
});

function away(): Error {
  return new KubeError("GET /api/v1/nodes", 0, "Unreachable", "connect ECONNREFUSED");
}
