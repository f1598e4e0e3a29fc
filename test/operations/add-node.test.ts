import { existsSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { addNode, addNodeSteps, type AddNodeSummary } from "../../src/operations/add-node/add-node.js";
import type { AddNodeRequest } from "../../src/operations/add-node/choice.js";
import { up } from "../../src/operations/up/up.js";
import { AlpineK8sError } from "../../src/base/errors.js";
import { parseSpec } from "../../src/model/spec/parse-spec.js";
import { treeOf } from "../stories/support/tree.js";
import { FakeWorld } from "./fake-world.js";
import { transcriptOf } from "./transcript.js";

const SPEC = `# ours
apiVersion: alpine-k8s/v1
kind: Cluster
metadata: { name: demo }
spec:
  kubernetes: { version: "v1.36.1" }
  vagrant: { provider: libvirt } # here
  addons: [{ name: canal, manifest: network.yaml }]
`;

let world: FakeWorld;
beforeEach(async () => {
  world = await FakeWorld.create(SPEC);
  await up({ ...around(), overrides: {} });
  world.transcript.splice(0);
  world.tokens.clear();
  world.joins.splice(0);
});

function around(signal = new AbortController().signal) {
  return { folder: world.folder, tools: world.tools(), progress: world.progress(), signal };
}

function add(wish: Partial<AddNodeRequest> = {}): Promise<AddNodeSummary> {
  return addNode({ ...around(), wish: { count: 1, shape: {}, host: {}, ...wish } });
}

const outcomes = (summary: AddNodeSummary): string[] =>
  summary.nodes.map(({ name, address, outcome }) => `${name} ${address} ${outcome}`);
const specText = (): Promise<string> => readFile(join(world.folder, "alpine-k8s.yaml"), "utf8");
const touched = (): string[] => [
  ...new Set(world.transcript.flatMap((line) => / \/ (\w+\d)(?:\$| put) /.exec(line)?.[1] ?? [])),
];
const unfinished = (): boolean => existsSync(join(world.folder, ".alpine-k8s/adding"));

describe("add-node", () => {
  it("makes the next minion and touches nothing else", async () => {
    const summary = await add();
    expect(touched()).toEqual(["minion3"]);
    await expect(transcriptOf(world)).toMatchFileSnapshot("../golden/transcripts/add-node.txt");
    expect(outcomes(summary)).toEqual(["minion3.example.com 10.250.250.12 added"]);
    expect(summary.specChanged).toBe(true);
    expect(await specText()).toBe(`${SPEC}  nodes:\n    minions:\n      count: 3\n`);
    expect(unfinished()).toBe(false);
  });

  it("is where up finds nothing to do afterwards", async () => {
    await add();
    world.transcript.splice(0);
    await up({ ...around(), overrides: {} });
    expect(world.transcript.filter((line) => /vagrant|APPLY|\.sh/.test(line))).toEqual([]);
  });

  it("joins with a random token that lives only for this run", async () => {
    await add();
    const [join3] = world.joins;
    expect(join3).toMatchObject({ name: "minion3", wasKnown: true });
    expect(join3?.token).toMatch(/^[a-z0-9]{6}\.[a-z0-9]{16}$/);
    expect(join3?.token).not.toBe((await readFile(join(world.folder, "cluster-token"), "utf8")).trim());
    expect([...world.tokens]).toEqual([]);
  });

  it("adds three at once, each made, prepared and joined once, with one token", async () => {
    const summary = await add({ count: 3 });
    expect(outcomes(summary).map((line) => line.split(" ")[0])).toEqual([
      "minion3.example.com",
      "minion4.example.com",
      "minion5.example.com",
    ]);
    expect(world.transcript.filter((line) => line.includes("vagrant"))).toEqual([
      "Start and prepare the new machines / vagrant up minion3 minion4 minion5",
    ]);
    expect(new Set(world.joins.map(({ token }) => token)).size).toBe(1);
    expect([...world.tokens]).toEqual([]);
  });

  it("costs the same in a larger cluster", async () => {
    await add();
    const small = world.transcript.splice(0).length;
    await add({ count: 20 });
    world.transcript.splice(0);
    await add();
    expect(world.transcript.length).toBe(small);
  });

  it("works with cluster-token deleted, one minion dead and no admin.config, by master1 alone", async () => {
    await rm(join(world.folder, "cluster-token"));
    await rm(join(world.folder, "admin.config"));
    Object.assign(world.machine("minion1"), { running: false, ready: false });
    await add();
    expect(touched()).toEqual(["master1", "minion3"]);
    expect(world.transcript.filter((line) => line.includes("master1$"))).toEqual([
      "Ask the cluster / master1$ facts (read only)",
      "Ask the cluster / master1$ admin.conf (read only)",
    ]);
  });

  it("goes through master1 where this computer does not reach the API", async () => {
    world.apiFailure = new Error("connection refused");
    expect(outcomes(await add())).toEqual(["minion3.example.com 10.250.250.12 added"]);
    expect(touched()).toEqual(["master1", "minion3"]);
  });

  it("with a shape of its own names every node in nodes.list", async () => {
    await add({ name: "big", shape: { cpus: 4, labels: { disk: "ssd" } }, host: { address: "10.250.250.50" } });
    const { nodes } = parseSpec({ text: await specText(), source: "s", folderName: "demo", overrides: {} });
    expect(nodes.list.map(({ name }) => name)).toEqual(["master1", "minion1", "minion2", "big"]);
    expect(nodes.list.at(-1)).toMatchObject({ address: "10.250.250.50", cpus: 4, labels: { disk: "ssd" } });
    expect(await readFile(join(world.folder, ".alpine-k8s/kubeadm/big.yaml"), "utf8")).toContain("disk=ssd");
  });

  it("finds the next of the row behind a name whose number has no address in it", async () => {
    await add({ name: "minion500", host: { address: "10.250.250.60" } });
    expect(outcomes(await add())).toEqual(["minion3.example.com 10.250.250.12 added"]);
  });

  it("without a file makes one", async () => {
    await rm(join(world.folder, "alpine-k8s.yaml"));
    await add();
    expect(await specText()).toContain("      count: 3\n");
  });

  it("of a Ready member says so and changes nothing", async () => {
    const before = await treeOf(world.folder);
    const summary = await add({ name: "minion2" });
    expect(outcomes(summary)).toEqual(["minion2.example.com 10.250.250.11 present"]);
    expect(touched()).toEqual([]);
    expect(await treeOf(world.folder)).toEqual(before);
  });

  it("of a member that the spec does not have puts it into the spec", async () => {
    await up({ ...around(), overrides: { minions: 3 } });
    world.transcript.splice(0);
    expect(outcomes(await add({ name: "minion3" }))).toEqual(["minion3.example.com 10.250.250.12 present"]);
    expect(touched()).toEqual([]);
    expect(await specText()).toContain("count: 3");
  });

  it("leaves the name of a machine alone that exists and is not in the spec", async () => {
    await up({ ...around(), overrides: { minions: 3 } });
    expect(outcomes(await add())).toEqual(["minion4.example.com 10.250.250.13 added"]);
    expect(
      parseSpec({ text: await specText(), source: "s", folderName: "demo", overrides: {} }).nodes.list,
    ).toHaveLength(4);
  });
});

describe("add-node after a run that was ended", () => {
  it("continues a node of the spec that has no machine, by name and without", async () => {
    await writeFile(join(world.folder, "alpine-k8s.yaml"), `${SPEC}  nodes: { minions: { count: 4 } }\n`);
    const first = await add();
    expect(outcomes(first)).toEqual(["minion3.example.com 10.250.250.12 continued"]);
    expect(first.warnings).toEqual(["minion4: in the spec, not in the cluster, left for the next add-node or up"]);
    expect(outcomes(await add({ name: "minion4" }))).toEqual(["minion4.example.com 10.250.250.13 continued"]);
    expect(outcomes(await add())).toEqual(["minion5.example.com 10.250.250.14 added"]);
  });

  it("whose node became Ready meanwhile says so and adds no other", async () => {
    world.machine("minion3").ready = false;
    await expect(add()).rejects.toMatchObject({ kind: "timeout" });
    expect(unfinished()).toBe(true);
    world.machine("minion3").ready = true;
    expect(outcomes(await add())).toEqual(["minion3.example.com 10.250.250.12 present"]);
    expect(unfinished()).toBe(false);
    expect(outcomes(await add())).toEqual(["minion4.example.com 10.250.250.13 added"]);
  });

  it("gives a copy of a member a machine-id of its own before it joins, and warns of the same product uuid", async () => {
    Object.assign(world.machine("minion1").facts, { machine_id: "aa11", product_uuid: "BB22" });
    Object.assign(world.machine("minion3").facts, { machine_id: "aa11", product_uuid: "bb22" });
    expect((await add()).warnings).toEqual([
      "minion3 had the machine-id of minion1.example.com: one is a copy of the other; minion3 has got a new one",
      expect.stringContaining("minion3 has the product uuid of minion1.example.com"),
    ]);
    expect(world.machine("minion3").facts["machine_id"]).toMatch(/^[0-9a-f]{32}$/);
    expect(outcomes(await add())).toEqual(["minion4.example.com 10.250.250.13 added"]);
  });

  it("makes a machine anew that somebody destroyed by hand, while the cluster still takes the node for Ready", async () => {
    Object.assign(world.machine("minion2"), { exists: false, running: false });
    world.onCommand = (line) => {
      if (line.startsWith("vagrant up")) world.machine("minion2").state = "clean";
    };
    expect(outcomes(await add())).toEqual(["minion2.example.com 10.250.250.11 continued"]);
    expect(world.joins.map(({ name }) => name)).toEqual(["minion2"]);
  });

  it("lets up finish the node, and then adds another one", async () => {
    world.failures.set("minion3$ minion.sh", { exitCode: 17, stderr: "alpine-k8s: kubelet: crashed" });
    await expect(add()).rejects.toMatchObject({ kind: "unhealthy", node: "minion3" });
    expect([...world.tokens]).toEqual([]);
    world.failures.clear();
    await up({ ...around(), overrides: {} });
    expect(unfinished()).toBe(false);
    expect(outcomes(await add())).toEqual(["minion4.example.com 10.250.250.13 added"]);
  });

  it("with one of three that failed: the others are members, the failed one is continued", async () => {
    world.failures.set("minion4$ shared.sh", { exitCode: 10, stderr: "alpine-k8s: modules: overlay is missing" });
    const failed = await add({ count: 3 }).catch((error: unknown) => error as AlpineK8sError);
    expect(failed).toMatchObject({ kind: "node", node: "minion4" });
    expect((failed as AlpineK8sError).hints).toContain("to continue: alpine-k8s add-node minion4");
    expect(world.machine("minion5").state).toBe("finished");
    expect([...world.tokens]).toEqual([]);
    world.failures.clear();
    expect(outcomes(await add())).toEqual(["minion4.example.com 10.250.250.13 continued"]);
  });

  it("does not join a machine that cannot reach the API: what to open, and no token is made", async () => {
    world.machine("minion3").reaches = "nc: timed out";
    const failed = await add().catch((error: unknown) => error as AlpineK8sError);
    expect((failed as AlpineK8sError).message).toContain(
      "Check the way to the API: gave up after 30 s waiting for minion3 to reach the API at api.demo.example.com:6443 (10.250.250.2): nc: timed out",
    );
    expect((failed as AlpineK8sError).hints.join("\n")).toContain("10.250.250.12 through to 10.250.250.2, port 6443");
    expect(world.joins).toEqual([]);
    expect(world.transcript.filter((line) => line.includes("APPLY"))).toEqual([]);
  });
});

describe("Ctrl-C during", () => {
  it.each(addNodeSteps([]).map((step) => [step.title]))(
    "«%s» ends the run with 130, leaves no token, and the same command then continues",
    async (title) => {
      const stop = new AbortController();
      const interrupted = new AlpineK8sError("interrupted", "interrupted");
      const progress = world.progress();
      const stopping = {
        ...progress,
        stepStarted: (started: string) => {
          progress.stepStarted(started);
          if (started === title) stop.abort(interrupted);
        },
      };
      const wish = { count: 1, shape: {}, host: {} };
      const first = await addNode({ ...around(stop.signal), progress: stopping, wish }).catch(
        (error: unknown) => error,
      );
      expect(first).toMatchObject({ kind: "interrupted" });
      expect([...world.tokens]).toEqual([]);
      const summary = await add();
      expect(summary.nodes.map(({ name }) => name)).toEqual(["minion3.example.com"]);
      expect(world.machine("minion3").state).toBe("finished");
      expect(world.machines.has("minion4")).toBe(false);
      expect(await specText()).toContain("count: 3");
      expect([...world.tokens]).toEqual([]);
      expect(unfinished()).toBe(false);
    },
  );

  it("and at every command that is sent", async () => {
    await add();
    const commands = world.transcript.filter((line) => line.includes(" / ")).length;
    for (let at = 1; at <= commands; at += 1) {
      world = await FakeWorld.create(SPEC);
      await up({ ...around(), overrides: {} });
      world.tokens.clear();
      let sent = 0;
      const stop = new AbortController();
      world.onCommand = () => {
        sent += 1;
        if (sent === at) stop.abort(new AlpineK8sError("interrupted", "interrupted"));
      };
      await addNode({ ...around(stop.signal), wish: { count: 1, shape: {}, host: {} } }).catch(() => undefined);
      world.onCommand = () => undefined;
      expect([...world.tokens], `tokens after command ${at}`).toEqual([]);
      const { nodes } = await add();
      expect(
        nodes.map(({ name }) => name),
        `after command ${at}`,
      ).toEqual(["minion3.example.com"]);
      expect(world.machine("minion3").state).toBe("finished");
      expect([...world.machines.keys()].sort()).toEqual(["master1", "minion1", "minion2", "minion3"]);
    }
  });
});
