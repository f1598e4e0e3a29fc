import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { AlpineK8sError } from "../../src/base/errors.js";
import type { Tools } from "../../src/engine/tools.js";
import type { KubeApi } from "../../src/kube/kube-api.js";
import { unreachable } from "../../src/kube/kube-error.js";
import { addNode } from "../../src/operations/add-node/add-node.js";
import { up } from "../../src/operations/up/up.js";
import { FakeWorld, SPEC } from "./fake-world.js";

const WAIT = "Wait until Ready";
const PODS = "/api/v1/namespaces/kube-system/pods?fieldSelector=spec.nodeName%3Dminion3.example.com";

let world: FakeWorld;
let tools: Tools;
/** What the nodes' progress lines showed during the wait. */
let shown: string[];
beforeEach(async () => {
  world = await FakeWorld.create(SPEC);
  const manifest = await readFile(join(world.folder, "network.yaml"), "utf8");
  world.networkSha256 = createHash("sha256").update(manifest).digest("hex");
  tools = world.tools();
  shown = [];
  await up({ ...around(), overrides: {} });
});

function around() {
  const progress = {
    ...world.progress(),
    node: (name: string, activity: string) => {
      if (world.step === WAIT) shown.push(`${name}: ${activity}`);
    },
  };
  return { folder: world.folder, tools, progress, signal: new AbortController().signal };
}

const add = (): Promise<unknown> => addNode({ ...around(), wish: { count: 1, shape: {}, host: {} } });

function withApi(change: (api: KubeApi) => Partial<KubeApi>): void {
  const before = tools;
  tools = {
    ...before,
    kube: async (input) => {
      const api = await before.kube(input);
      return { ...api, ...change(api) };
    },
  };
}

describe("add-node waits for a new node", () => {
  it("and says on its line why it is not Ready, with what its pods wait for", async () => {
    let looks = 0;
    withApi((api) => ({
      find: async (path) => {
        const found = await api.find(path);
        if (world.step !== WAIT || !path.includes("minion3")) return found;
        looks += 1;
        return looks > 3 || found === undefined ? found : { ...found, status: { conditions: [] } };
      },
      list: (path) => {
        if (path !== PODS) return api.list(path);
        const state = { waiting: { reason: "ErrImagePull", message: "no such host" } };
        const pod = {
          ...{ apiVersion: "v1", kind: "Pod", metadata: { name: "net" } },
          spec: { nodeName: "minion3" },
          status: { containerStatuses: [{ state }] },
        };
        return Promise.resolve([pod]);
      },
    }));
    await add();
    expect(shown).toEqual([
      "minion3: minion3.example.com is not ready (on minion3: ErrImagePull: no such host)",
      "minion3: Ready",
    ]);
  });

  it("and ends when neither the API nor the master's ssh answers any more", async () => {
    withApi((api) => ({
      find: (path) =>
        world.step === WAIT ? Promise.reject(unreachable(`GET ${path}`, "no connection")) : api.find(path),
    }));
    const { connect } = tools;
    const dead = new AlpineK8sError("node", "no ssh connection");
    tools = { ...tools, connect: (...given) => (world.step === WAIT ? Promise.reject(dead) : connect(...given)) };
    const failure = await add().catch((error: unknown) => error);
    expect(failure).toMatchObject({ kind: "node" });
    expect(String(failure)).toContain("for 90 s neither the API has answered nor master1 by ssh");
    expect(shown[0]).toContain("; master1 does not answer by ssh either");
  });
});
