import { rm } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { AlpineK8sError } from "../../src/base/errors.js";
import { up, upSteps } from "../../src/operations/up/up.js";
import type { UpSummary } from "../../src/operations/up/summary.js";
import { treeOf } from "../stories/support/tree.js";
import { FakeWorld, SPEC } from "./fake-world.js";
import { transcriptOf } from "./transcript.js";

let world: FakeWorld;
beforeEach(async () => {
  world = await FakeWorld.create(SPEC);
});

function run(signal = new AbortController().signal): Promise<UpSummary> {
  const { folder } = world;
  return up({ folder, overrides: {}, tools: world.tools(), progress: world.progress(), signal });
}

/** Runs `up` twice: first on the world that the test has prepared, then to check that it has nothing to do. */
async function upAndCheck(golden: string): Promise<void> {
  await run();
  await expect(transcriptOf(world)).toMatchFileSnapshot(`../golden/transcripts/${golden}.txt`);
}

describe("up", () => {
  it("from an empty folder makes the cluster", async () => {
    const summary = await run();
    await expect(transcriptOf(world)).toMatchFileSnapshot("../golden/transcripts/first-up.txt");
    expect(summary.nodes.map((node) => `${node.name} ${node.address}`)).toEqual([
      "master1.example.com 10.250.250.2",
      "minion1.example.com 10.250.250.10",
      "minion2.example.com 10.250.250.11",
    ]);
    expect(summary.steps.map((step) => step.title)).toEqual(upSteps([]).map((step) => step.title));
  });

  it("tells kube-proxy to leave the computer's table of connections alone when master1 is a container", async () => {
    world.machine("master1").facts["container"] = "docker";
    await run();
    expect(world.initConfig).toContain("maxPerCore: 0");
  });

  it("on a healthy cluster only reads, and changes no file in the folder", async () => {
    await run();
    world.transcript.splice(0);
    const before = await treeOf(world.folder);
    await run();
    const commands = world.transcript.filter((line) => / \/ \S/.test(line)).map((line) => line.split(" / ")[1] ?? "");
    const readOnly = /^(master1|minion[12])\$ facts \(read only\)$|^api GET \/(api|apis)\/\S+$/;
    expect(commands.filter((command) => !readOnly.test(command))).toEqual([]);
    expect(commands.length).toBeGreaterThan(3);
    expect(await treeOf(world.folder)).toEqual(before);
  });

  it("after a halt starts the machines and joins nobody", async () => {
    await run();
    world.transcript.splice(0);
    for (const machine of world.machines.values()) machine.running = false;
    await upAndCheck("after-halt");
  });

  it("with a minion more in the spec makes and joins only that one", async () => {
    await run();
    world.transcript.splice(0);
    const { folder } = world;
    await up({
      ...{ folder, overrides: { minions: 3 }, tools: world.tools(), progress: world.progress() },
      signal: new AbortController().signal,
    });
    await expect(transcriptOf(world)).toMatchFileSnapshot("../golden/transcripts/one-minion-more.txt");
  });

  it("with a minion less reports it and destroys nothing", async () => {
    await run();
    world.transcript.splice(0);
    const { folder } = world;
    const summary = await up({
      ...{ folder, overrides: { minions: 1 }, tools: world.tools(), progress: world.progress() },
      signal: new AbortController().signal,
    });
    expect(summary.warnings.join("\n")).toContain("minion2");
    expect(summary.warnings.join("\n")).toContain("alpine-k8s remove-node minion2");
    expect(world.transcript.filter((line) => line.includes("destroy"))).toEqual([]);
  });

  it("steps a clock that is two hours behind before anything else", async () => {
    await run();
    world.machine("minion1").clockOffset = -7200;
    world.transcript.splice(0);
    await upAndCheck("clock-behind");
    expect(world.machine("minion1").clockOffset).toBe(0);
  });

  it("applies the network through the API where the master has no kubectl", async () => {
    world.machine("master1").kubectl = false;
    await upAndCheck("no-kubectl-on-master");
  });

  it("never resets a finished master whose API is down: it is reported, exit 4", async () => {
    await run();
    Object.assign(world.machine("master1"), { api: "down" });
    world.failures.set("master1$ master.sh", { exitCode: 16, stderr: "alpine-k8s: api: does not answer" });
    world.transcript.splice(0);
    await expect(run()).rejects.toMatchObject({ kind: "unhealthy", node: "master1" });
    expect(world.transcript.filter((line) => /\$/.test(line) && !line.includes("read only"))).toEqual([
      "Initialise the control plane / master1$ master.sh",
    ]);
  });

  it("with a minion whose kubelet never starts: exit 4, the other joins; repaired, up finishes", async () => {
    world.failures.set("minion1$ minion.sh", { exitCode: 17, stderr: "alpine-k8s: kubelet: crashed" });
    const failed = await run().catch((error: unknown) => error as AlpineK8sError);
    expect(failed).toMatchObject({ kind: "unhealthy", node: "minion1" });
    expect((failed as AlpineK8sError).message).toContain("Join the minions: minion1: the kubelet does not come up");
    expect((failed as AlpineK8sError).logFile).toMatch(/logs\/.*-up\/minion1\.log$/);
    expect(world.machine("minion2").state).toBe("finished");
    world.failures.clear();
    world.transcript.splice(0);
    await upAndCheck("after-repair");
  });

  it("refuses a machine of another cluster and leaves it alone", async () => {
    world.machine("minion2").state = "foreign";
    await expect(run()).rejects.toMatchObject({ kind: "conflict", node: "minion2" });
    expect(world.transcript.filter((line) => line.includes("minion2$ ") && !line.includes("read only"))).toEqual([]);
  });

  it("refuses machines of another cluster before any other is changed, all of them at once", async () => {
    await run();
    for (const name of ["minion1", "minion2"]) world.machine(name).state = "foreign";
    Object.assign(world.machine("master1"), { api: "down" });
    world.transcript.splice(0);
    const why =
      "the machine belongs to another cluster (kubeadm's files are there, made with another CA); it was left alone";
    await expect(run()).rejects.toMatchObject({
      kind: "conflict",
      message: `Start and prepare machines: looking at the machines failed on 2 node(s):\n  minion1: ${why}\n  minion2: ${why}`,
      hints: ["use another machine, or give it up there: kubeadm reset -f && rm -rf /etc/alpine-k8s"],
    });
    expect(world.transcript.filter((line) => line.includes("$ ") && !line.includes("read only"))).toEqual([]);
  });

  it("makes the token anew in the cluster when a node joins long after", async () => {
    await run();
    await rm(join(world.folder, "cluster-token"));
    Object.assign(world.machine("minion2"), { state: "clean", role: "none", kubelet: "none" });
    world.transcript.splice(0);
    await upAndCheck("late-join");
  });
});

describe("Ctrl-C during", () => {
  it.each(
    upSteps([])
      .filter(({ isQuiet }) => isQuiet !== true)
      .map((step) => [step.title]),
  )("«%s» ends the run with 130, and up then succeeds", async (title) => {
    const stop = new AbortController();
    const progress = world.progress();
    const interrupted = new AlpineK8sError("interrupted", "interrupted");
    const stopping = {
      ...progress,
      stepStarted: (started: string) => {
        progress.stepStarted(started);
        if (started === title) stop.abort(interrupted);
      },
    };
    world.onCommand = () => {
      if (world.step === title) stop.abort(interrupted);
    };
    const { folder } = world;
    const first = await up({
      ...{ folder, overrides: {}, tools: world.tools(), progress: stopping, signal: stop.signal },
    }).catch((error: unknown) => error);
    // The last step only writes a file: a run that is interrupted there may be complete.
    if (title !== upSteps([]).at(-1)?.title) expect(first).toMatchObject({ kind: "interrupted" });
    world.onCommand = () => undefined;
    const summary = await run();
    expect(summary.nodes).toHaveLength(3);
    expect([...world.machines.values()].map((machine) => machine.state)).toEqual(["finished", "finished", "finished"]);
  });
});
