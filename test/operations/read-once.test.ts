import { writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { beforeEach, describe, expect, it } from "vitest";
import type { Progress } from "../../src/base/progress.js";
import { addNode } from "../../src/operations/add-node/add-node.js";
import { around, begin, cluster, did, endpointMoves, path, remove, THREE, world } from "./several-masters.js";

const UPDATE = "Update the other nodes";
const SPOILT = "- no cluster\n";

/** Somebody spoils spec and identity when the step begins. */
function spoiledAt(step: string): Progress {
  const progress = world.progress();
  return {
    ...progress,
    stepStarted: (title) => {
      progress.stepStarted(title);
      if (title !== step) return;
      for (const name of ["alpine-k8s.yaml", ".alpine-k8s/identity.yaml"]) writeFileSync(path(name), SPOILT);
    },
  };
}

describe("a run goes by the spec and the identity that it has read in the beginning", () => {
  beforeEach(() => begin(THREE));

  it("remove-node, when it tells the nodes that stay of the masters that are left", async () => {
    endpointMoves("master1", "minion1");
    expect(await remove("master3", { progress: spoiledAt(UPDATE) })).toMatchObject({ spec: "changed" });
    expect(world.step).toBe(UPDATE);
    expect(did(/shared\.sh/)).toEqual(["master1$ shared.sh", "minion1$ shared.sh"]);
    expect(await readFile(path("alpine-k8s.yaml"), "utf8")).toBe(SPOILT);
  });

  it("add-node, when it tells the members of a new master", async () => {
    endpointMoves("minion1");
    const wish = { role: "master" as const, count: 1, shape: {}, host: {} };
    const input = { ...around(), tools: world.tools(), progress: spoiledAt(UPDATE), wish };
    expect(await addNode(input)).toMatchObject({ nodes: [{ name: "master4.example.com", outcome: "added" }] });
    const told = world.transcript.filter((line) => line.startsWith(UPDATE) && line.endsWith("shared.sh"));
    expect(told).toEqual([`${UPDATE} / minion1$ shared.sh`]);
    expect(await readFile(path("alpine-k8s.yaml"), "utf8")).toBe(SPOILT);
  });

  it("and closes the connections that it makes anew for that", async () => {
    endpointMoves("master1");
    const closed: string[] = [];
    const tools = cluster.tools();
    const kube: typeof tools.kube = async (input) => {
      const api = await tools.kube(input);
      return { ...api, close: () => void closed.push(world.step) };
    };
    await remove("master3", { tools: { ...tools, kube } });
    expect(closed).toEqual([UPDATE, UPDATE]);
  });
});
