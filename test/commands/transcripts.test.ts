import { readdirSync, readFileSync } from "node:fs";
import { chmod } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { clusterPaths } from "../../src/base/paths.js";
import { fakeComputer } from "../fakes/fake-computer.js";
import { onFixedDay } from "../fakes/fixed-day.js";
import { ROOT } from "./run-command.js";
import { Stage } from "./stage.js";

const golden = (name: string): string => `../golden/transcripts/screen/${name}.txt`;

/** Each scene is a golden file of its name: all that its commands print, and their exit codes. */
const SCENES: Readonly<Record<string, (stage: Stage) => Promise<void>>> = {
  "status-without-cluster": async (stage) => {
    await stage.show("status");
    await stage.show("status", "-o", "json");
  },
  "status-healthy": async (stage) => {
    await stage.bench.run("up");
    await stage.show("status");
    await stage.show("status", "-o", "json");
  },
  "status-sick": async (stage) => {
    await stage.bench.run("up");
    stage.bench.world.machine("minion1").kubelet = "connection refused";
    Object.assign(stage.bench.world.machine("minion2"), { running: false, ready: false });
    await stage.show("status");
    await stage.show("status", "-o", "json");
  },
  "doctor-new-folder": async (stage) => {
    await stage.show("doctor", "--verbose");
    stage.bench.world.computer = fakeComputer({ freeDisk: () => Promise.resolve(10) });
    await stage.show("doctor");
  },
  "doctor-of-a-cluster": async (stage) => {
    await stage.bench.run("up");
    await stage.show("doctor");
    stage.bench.world.machine("minion1").unmet.push("memory");
    await chmod(clusterPaths(stage.bench.world.folder).token, 0o644);
    await stage.show("doctor");
    await stage.show("doctor", "--fix");
  },
  up: async (stage) => {
    await stage.show("up", "--dry-run");
    await stage.show("up");
    await stage.show("up");
  },
  "up-with-a-dead-node": async (stage) => {
    await stage.bench.run("up");
    stage.silence("minion1");
    await stage.show("up");
  },
  "up-refused": async (stage) => {
    await stage.show("up", "--minions", "999");
    await stage.show("up", "--network", "10.0.0.0/30", "-o", "json");
  },
  "add-node": async (stage) => {
    await stage.bench.run("up");
    await stage.show("add-node", "--dry-run");
    await stage.show("add-node");
    await stage.show("add-node", "minion3");
    await stage.show("add-node", "-o", "json");
    await stage.show("add-node", "--role", "master", "--count", "9");
  },
  "remove-node": async (stage) => {
    await stage.bench.run("up");
    stage.withPods("master1", "minion1", "minion2").pod("web-1", "minion1");
    await stage.show("remove-node", "minion1");
    await stage.show("remove-node", "minion1", "--dry-run");
    await stage.show("remove-node", "minion1", "--yes");
    await stage.show("remove-node", "minion2", "--yes", "-o", "json");
    await stage.show("remove-node", "master1", "--yes");
  },
  "remove-node-blocked": async (stage) => {
    await stage.bench.run("up");
    stage.withPods("master1", "minion1", "minion2").pod("web-1", "minion1", { budget: "web" });
    await stage.show("remove-node", "minion1", "--yes", "--timeout", "4");
  },
  destroy: async (stage) => {
    await stage.bench.run("up");
    await stage.show("destroy");
    await stage.show("destroy", "--dry-run");
    await stage.show("destroy", "--yes");
    await stage.show("destroy", "--yes", "-o", "json");
  },
};

describe("what is printed without a terminal", () => {
  onFixedDay();

  it.each(Object.entries(SCENES))("%s", async (name, play) => {
    const stage = await Stage.create();
    await play(stage);
    await expect(stage.text()).toMatchFileSnapshot(golden(name));
  });

  it("help of every command and topic, as the build made it", async () => {
    const folder = join(ROOT, "dist/start-up");
    const names = readdirSync(folder)
      .filter((name) => /^help\b/.test(name))
      .sort();
    const texts = names.map((name) => {
      const words = [...name.split(".").slice(1), "--help"].join(" ");
      return `$ alpine-k8s ${words}\n${readFileSync(join(folder, name), "utf8")}\n`;
    });
    await expect(texts.join("")).toMatchFileSnapshot(golden("help"));
  });
});
