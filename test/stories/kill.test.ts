import { readdir } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { upSteps } from "../../src/operations/up/up.js";
import { startBench } from "./support/bench.js";
import { hostsSpec, ready, TestCluster } from "./support/cluster.js";
import { atEach, killedIn, killsIn } from "./support/kill.js";
import type { Machines } from "./support/machines.js";
import { expectDone } from "./support/programs.js";
import { storyMachines } from "./support/story-machines.js";

const NODES = ["master1", "minion1"];
const cluster = new TestCluster("kill");
let machines: Machines;

beforeAll(async () => {
  await startBench();
  machines = await storyMachines("kill");
});
afterAll(() => machines.end());

/** Whether the machines are as `destroy` leaves them; false after a test that failed. */
let isClean = true;

async function begin(): Promise<void> {
  if (!isClean) await machines.reset(...NODES);
  isClean = false;
  await cluster.reset(hostsSpec("kill", machines.logins));
}

describe("up killed", () => {
  it.each(killsIn(upSteps([])).map((kills) => [kills.title, kills] as const))(
    "in «%s»: nothing goes on, and up then ends well",
    { timeout: 20 * 60_000 },
    (_, kills) =>
      atEach("up", kills, async (point) => {
        await begin();
        const killed = await killedIn(point, { cluster, machines }, "up");

        expectDone(await cluster.run("up"));
        expect(await cluster.nodes()).toEqual(ready(...NODES));
        expect(await cluster.tokens()).toHaveLength(1);
        const status = await cluster.run("status");
        expectDone(status);
        expect(status.stdout).toContain("alpine-k8s up has nothing to do.");

        expectDone(await cluster.run("destroy", "--yes"));
        expect((await readdir(cluster.folder)).sort()).toEqual(["alpine-k8s.yaml", "network.yaml"]);
        isClean = true;
        return killed;
      }),
  );
});
