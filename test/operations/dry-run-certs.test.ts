import { beforeEach, describe, expect, it } from "vitest";
import { certsRenew, planCertsRenew } from "../../src/operations/certs/renew.js";
import { up } from "../../src/operations/up/up.js";
import { SPEC } from "../commands/run-command.js";
import { treeOf } from "../stories/support/tree.js";
import { FakeWorld } from "./fake-world.js";
import { idsOf, recordedIds, runsOf } from "./plans.js";

let world: FakeWorld;
beforeEach(async () => {
  world = await FakeWorld.create(SPEC);
  await up({ ...around(), overrides: {} });
  world.transcript.splice(0);
});

function around() {
  const signal = new AbortController().signal;
  return { folder: world.folder, tools: world.tools(), progress: world.progress(), signal };
}

const changes = (): string[] => world.transcript.filter((line) => /\$/.test(line) && !line.includes("read only"));

describe("certs renew --dry-run", () => {
  it("names what the run then does, and renews nothing", async () => {
    const before = await treeOf(world.folder, /^$/);
    const asked = around();
    const { all } = idsOf(await planCertsRenew(asked));
    expect(await treeOf(world.folder, /^$/)).toEqual(before);
    expect(changes()).toEqual([]);
    const kubelets = ["master1", "minion1", "minion2"].map(
      (name) => `renew-kubelet-certificates/${name}/renew-kubelet-certificate`,
    );
    expect(all).toEqual(["renew-certificates/master1/renew", ...kubelets, "write-admin-config/-/write"]);
    const runs = await runsOf(world.folder);
    await certsRenew(asked);
    expect(await recordedIds(world.folder, runs)).toEqual(all);
    expect(changes()[0]).toBe("Renew certificates / master1$ certs.sh");
    expect(changes().slice(1).sort()).toEqual(
      ["master1", "minion1", "minion2"].map((name) => `Renew kubelet certificates / ${name}$ serving.sh`),
    );
  });

  it("refuses a master that does not answer, as the run does", async () => {
    world.machine("master1").running = false;
    await expect(planCertsRenew(around())).rejects.toMatchObject({ kind: "node", node: "master1" });
  });
});
