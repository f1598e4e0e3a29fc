import { readdir } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { upSteps } from "../../src/cluster/up.js";
import { startBench, startInBench } from "./support/bench.js";
import { benchMachines } from "./support/bench-machines.js";
import { hostsSpec, lines, ready, TestCluster } from "./support/cluster.js";
import type { Machines } from "./support/machines.js";
import { expectDone, waitFor, type Outcome } from "./support/programs.js";

const NODES = ["master1", "minion1"];

/** Where `up` is killed: so many lines after the one that begins the step, or where the step ends before that. */
interface Point {
  readonly title: string;
  readonly after: number;
}

/** As a step begins, as its programs on the nodes are at work, and deep in what they do: kubeadm init waits for the API. */
const POINTS: readonly Point[] = upSteps([]).flatMap(({ title }) => [0, 8, 36].map((after) => ({ title, after })));

const cluster = new TestCluster("kill");
let machines: Machines;

beforeAll(async () => {
  await startBench();
  machines = await benchMachines("kill", { masters: 1, minions: 1 });
  await cluster.reset(hostsSpec("kill", machines.logins));
});
afterAll(() => machines.end());

/** All points in the long run; otherwise two that change from day to day, from the two halves of the list. */
function chosen(): readonly Point[] {
  if (process.env["ALPINE_K8S_LONG"] === "1") return POINTS;
  const day = Math.floor(Date.now() / 86_400_000);
  const half = Math.floor(POINTS.length / 2);
  return POINTS.filter((_, index) => index === day % half || index === half + (day % (POINTS.length - half)));
}

function nameOf({ title, after }: Point): string {
  return `«${title}», ${after} lines on`;
}

/** Runs `up` until it kills itself at the point. */
function killedAt({ title, after }: Point): Promise<Outcome> {
  const where = [`KILL_STEP=${title}`, `KILL_LINES=${after}`];
  const program = ["node", "--import", "./test/stories/support/kill-at.js", "bin/run.js"];
  return startInBench(["env", ...where, ...program, "up", "--verbose", "--dir", cluster.folder]).done;
}

/** Processes on a node that are there only while one of our scripts runs. */
async function ours(node: string): Promise<string[]> {
  const { stdout } = await machines.on(node, "ps -o pid,args");
  return lines(stdout).filter((line) =>
    /alpine-k8s-bootstrap|while read -r line|\bkubeadm (init|join|reset)\b/.test(line),
  );
}

describe("up killed", () => {
  it.each(chosen().map((point) => [nameOf(point), point] as const))(
    "in %s: nothing goes on, and up then ends well",
    async (name, point) => {
      console.log(`killed in ${name}`);
      const killed = await killedAt(point);
      expect(killed.code).not.toBe(0);
      expect(killed.stderr).toContain(`-> ${point.title}\n`);
      for (const node of NODES)
        await waitFor(`nothing of ours runs on ${node}`, async () => (await ours(node)).length === 0, 30_000);

      expectDone(await cluster.run("up"));
      expect(await cluster.nodes()).toEqual(ready(...NODES));
      expect(await cluster.tokens()).toHaveLength(1);
      const status = await cluster.run("status");
      expectDone(status);
      expect(status.stdout).toContain("alpine-k8s up has nothing to do.");

      expectDone(await cluster.run("destroy", "--yes"));
      expect((await readdir(cluster.folder)).sort()).toEqual(["alpine-k8s.yaml", "network.yaml"]);
    },
  );
});
