import { readFile, rm } from "node:fs/promises";
import { beforeEach, describe, expect, it } from "vitest";
import { connectApi } from "../../src/control-plane/connect-api.js";
import type { ClusterContext } from "../../src/engine/context.js";
import type { Tools } from "../../src/engine/tools.js";
import { withRun } from "../../src/engine/with-run.js";
import { unreachable } from "../../src/kube/kube-error.js";
import { begin, path, THREE, world } from "./several-masters.js";

/** Connections in the order in which they were made and closed: "from here", "through master1", "closed from here". */
let connections: string[];

beforeEach(async () => {
  connections = [];
  await begin(THREE);
});

const tools = (): Tools => ({
  ...world.tools(),
  kube: async (input) => {
    const api = await world.tools().kube(input);
    const way = input.through === undefined ? "from here" : `through ${input.through.name}`;
    connections.push(way);
    return { ...api, close: () => void connections.push(`closed ${way}`) };
  },
});

function inRun<T>(body: (context: ClusterContext) => Promise<T>): Promise<T> {
  const around = { folder: world.folder, tools: tools(), progress: world.progress() };
  const input = { ...around, signal: new AbortController().signal };
  return withRun(input, { command: "test", lock: false }, ({ context }) => body(context));
}

const away = (): void => {
  world.apiFailure = unreachable("GET https://x/readyz", "no route");
};

describe("the API when it is required", () => {
  it("is asked from here with the folder's admin.config and no node, once in a run, which closes it", async () => {
    await inRun(async (context) => {
      expect(await connectApi(context, "required")).toBe(await connectApi(context, "required"));
      expect(await connectApi(context, "prepared")).toBe(await connectApi(context, "required"));
      expect(connections).toEqual(["from here"]);
    });
    expect(connections).toEqual(["from here", "closed from here"]);
    expect(world.transcript).toEqual([]);
  });

  it("is asked through a master where this computer has no way; minions are not asked, and nothing is prepared", async () => {
    away();
    world.machine("master1").unmet = ["sysctls"];
    await inRun((context) => connectApi(context, "required"));
    expect(connections).toEqual(["through master1", "closed through master1"]);
    expect(world.transcript).toEqual(
      ["master1", "master2", "master3"].map((name) => `before / ${name}$ facts (read only)`),
    );
  });

  it("is not asked through a node that is still to become a master", async () => {
    away();
    await inRun((context) => connectApi(context, { except: context.topology.nodes.slice(0, 1) }));
    expect(connections).toEqual(["through master2", "closed through master2"]);
    expect(world.transcript.filter((line) => line.includes("master1$"))).toEqual([]);
  });

  it("and neither way works, is refused with both reasons", async () => {
    away();
    for (const machine of world.machines.values()) machine.running = false;
    await expect(inRun((context) => connectApi(context, "required"))).rejects.toMatchObject({
      ...{ kind: "unhealthy", node: "master1", hints: ["alpine-k8s status", "alpine-k8s up"] },
      message:
        "the cluster's API cannot be asked: GET https://x/readyz: no route (Unreachable); master1 does not answer by ssh",
    });
  });
});

describe("the API if there is any", () => {
  const among = (names: readonly string[]) =>
    inRun(async (context) => {
      const nodes = context.topology.nodes.filter(({ name }) => names.includes(name));
      const api = await connectApi(context, { ifAny: await context.fleet.observe(nodes) });
      return typeof api === "string" ? api : "the API";
    });

  it("is asked through a master among those that were observed, and no other node", async () => {
    away();
    expect(await among(["master2", "minion1"])).toBe("the API");
    expect(connections).toEqual(["through master2", "closed through master2"]);
  });

  it("is asked from here when none of them answers, and closed with the run", async () => {
    expect(await among([])).toBe("the API");
    expect(connections).toEqual(["from here", "closed from here"]);
  });

  it("is none, for a reason in words", async () => {
    away();
    expect(await among([])).toBe("GET https://x/readyz: no route (Unreachable)");
    await rm(path("admin.config"));
    expect(await among([])).toBe("master1 does not answer");
    for (const name of ["master1", "master2", "master3"]) world.machine(name).state = "started";
    expect(await among(["master1"])).toBe("master1 is not set up");
    expect(connections).toEqual([]);
  });
});

describe("the API of a given kubeconfig", () => {
  it("is connected to anew each time, by that alone, and left to the caller to close", async () => {
    const kubeconfig = await readFile(path("admin.config"), "utf8");
    await rm(path("admin.config"));
    await inRun(async (context) => {
      await connectApi(context, { kubeconfig });
      (await connectApi(context, { kubeconfig })).close();
    });
    expect(connections).toEqual(["from here", "from here", "closed from here"]);
    expect(world.transcript).toEqual([]);
  });
});
