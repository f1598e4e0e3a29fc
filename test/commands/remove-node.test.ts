import { beforeEach, describe, expect, it, vi } from "vitest";
import { ask } from "../../src/cli/ask.js";
import type { RemoveNodeSummary } from "../../src/operations/remove-node/remove-node.js";
import { FakeCluster } from "../operations/fake-cluster.js";
import { differences, documented } from "./documented.js";
import { Bench, type Ran } from "./run-command.js";

vi.mock("../../src/cli/ask.js", { spy: true });

let bench: Bench;
let cluster: FakeCluster;
beforeEach(async () => {
  vi.mocked(ask).mockClear();
  bench = await Bench.create();
  await bench.run("up");
  cluster = new FakeCluster(bench.world, ["master1", "minion1", "minion2"]);
  cluster.pod("web-1", "minion1");
  bench.tools = cluster.tools();
  bench.world.transcript.splice(0);
});

const run = (...argv: string[]): Promise<Ran> => bench.run("remove-node", ...argv);

const destroyed = (): string[] => bench.world.transcript.filter((line) => line.includes("vagrant destroy"));

describe("remove-node", () => {
  it("declines without a terminal: exit 6, nothing was changed", async () => {
    const { stdout, stderr, exitCode } = await run("minion1");
    expect({ stdout, exitCode }).toEqual({ stdout: "", exitCode: 6 });
    expect(stderr).toContain(
      'Error: nothing was changed: nobody can answer "Remove minion1 from cluster demo? Its pods leave, its machine is destroyed.", as standard input is no terminal\nTry:\n  alpine-k8s remove-node minion1 --yes\n',
    );
    expect(cluster.nodes.get("minion1.example.com")?.unschedulable).toBe(false);
    expect(destroyed()).toEqual([]);
  });

  it("asks, and goes on at yes", async () => {
    vi.mocked(ask).mockResolvedValue(true);
    const { stdout, exitCode } = await run("minion1");
    expect(exitCode).toBe(0);
    expect(vi.mocked(ask).mock.calls).toEqual([
      [
        "Remove minion1 from cluster demo? Its pods leave, its machine is destroyed.",
        "alpine-k8s remove-node minion1 --yes",
      ],
    ]);
    expect(stdout).toBe(
      "Node minion1.example.com is out of cluster demo: 1 pod left it, its machine is destroyed.\n" +
        "alpine-k8s.yaml does not name it any more.\n" +
        "The spec has master1, minion2.\n",
    );
  });

  it.each(["--yes", "-y"])("%s asks nobody; -o json gives the documented document alone", async (flag) => {
    const { stdout, exitCode } = await run("minion1", flag, "-o", "json");
    const summary = JSON.parse(stdout) as RemoveNodeSummary;
    expect(exitCode).toBe(0);
    expect(ask).not.toHaveBeenCalled();
    expect(differences({ ...summary }, documented("`remove-node -o json`"))).toEqual([]);
    expect(summary).toMatchObject({ node: "minion1.example.com", machine: "destroyed", evicted: ["default/web-1"] });
    expect(destroyed()).toEqual([" / vagrant destroy minion1"]);
  });

  it("tells warnings below", async () => {
    Object.assign(cluster.nodes.get("minion1.example.com") ?? {}, { ready: "Unknown" });
    expect((await run("minion1", "--yes")).stdout).toMatch(/\n\nWarnings:\n {2}minion1 has not reported for longer/);
  });

  it("a blocked drain: exit 5 after --timeout, as JSON with the hints", async () => {
    Object.assign(cluster.pods[0] ?? {}, { budget: "web" });
    const { stdout, exitCode } = await run("minion1", "--yes", "--timeout", "4", "-o", "json");
    expect(exitCode).toBe(5);
    const { error } = JSON.parse(stdout) as { error: { message: string; hints: string[] } };
    expect(error.message).toContain("not drained within 4 s");
    expect(error.hints.join("\n")).toContain("alpine-k8s kubectl -- uncordon minion1.example.com");
  });

  it.each([
    [["master1", "--yes"], "master1 is the last master of cluster demo"],
    [["minion9", "--yes"], "cluster demo has no node minion9"],
    [[], "Missing 1 required arg"],
    [["minion1", "--timeout", "0"], "Expected an integer greater than or equal to 1"],
  ])("%j: exit 2, nothing was changed", async (argv, words) => {
    const { stderr, exitCode } = await run(...argv);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(words);
    expect(destroyed()).toEqual([]);
  });

  it("interrupted names itself with the node as the way to continue", async () => {
    bench.world.onCommand = (line) => void (line.includes("EVICT") && process.emit("SIGINT"));
    const { stderr, exitCode } = await run("minion1", "--yes");
    expect(exitCode).toBe(130);
    expect(stderr).toContain("Try:\n  to continue: alpine-k8s remove-node minion1\n");
    expect(stderr).toContain("alpine-k8s kubectl -- uncordon minion1.example.com");
  });
});
