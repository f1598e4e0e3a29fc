import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { MARKER } from "../stories/support/given/look.js";
import { givenMachines } from "../stories/support/given/machines.js";
import type { Given } from "../stories/support/given/settings.js";
import { type Lab, makeLab } from "./lab.js";

const ONE = { masters: 1, minions: 0, commands: [] };
let lab: Lab;
let given: Given;

beforeAll(async () => {
  lab = await makeLab();
  given = {
    ...{ specFile: lab.specFile, domain: "example.com", kubernetesVersion: "v1.36.1", image: "busybox" },
    ...{ kubectlFolder: lab.folder, home: join(lab.folder, "home") },
    commands: { reset: "sh act.sh reset {name}", cut: "sh act.sh cut {name}", reboot: "sh act.sh reboot {name}" },
  };
  lab.mark();
});

afterAll(async () => {
  await (await givenMachines(given, ONE)).unplug("master1");
  await lab.end();
});

function acts(): string[] {
  const file = join(lab.folder, "acts");
  const done = readFileSync(file, "utf8").trim().split("\n");
  rmSync(file);
  return done;
}

describe("given machines", { timeout: 60_000 }, () => {
  it("are reset before a story, and run its commands as root", async () => {
    const machines = await givenMachines(given, ONE);
    expect(acts()).toEqual(["reset lab1"]);
    expect(machines.logins).toMatchObject([{ name: "master1", role: "master", privateAddress: "10.1.1.1" }]);
    const outcome = await machines.on("master1", "id -u; cat; echo err >&2; exit 7", "in\n");
    expect(outcome).toMatchObject({ code: 7, stdout: "0\nin\n", stderr: "err\n" });
  });

  it("lose their power and get it back, and are waited for", async () => {
    const machines = await givenMachines(given, ONE);
    await machines.on("master1", "touch /run/before");
    await machines.unplug("master1");
    expect((await machines.on("master1", "true")).code).toBe(255);
    await machines.plug("master1");
    expect((await machines.on("master1", "ls /run/before")).code).not.toBe(0);
    await machines.reboot("master1");
    expect((await machines.on("master1", "true")).code).toBe(0);
    expect(acts()).toEqual(["reset lab1", "cut lab1", "reboot lab1", "reboot lab1"]);
  });

  it("tell of a command that fails, and of one that the story was not said to need", async () => {
    const failing = { ...given, commands: { ...given.commands, cut: "echo no domain {name} >&2; exit 3" } };
    const machines = await givenMachines(failing, ONE);
    await expect(machines.unplug("master1")).rejects.toThrow(
      "--cut of lab1 ended with 3: no domain lab1; it was: echo no domain lab1 >&2; exit 3",
    );
    const { reset = "" } = given.commands;
    const without = await givenMachines({ ...given, commands: { reset } }, ONE);
    await expect(without.reboot("master1")).rejects.toThrow("the story needs --reboot");
  });

  it("without a command to reset them must be clean", async () => {
    const clean = { ...given, commands: {} };
    await (await givenMachines(clean, ONE)).end();
    const started = join(lab.folder, "etc/alpine-k8s/init.started");
    writeFileSync(started, "");
    // A mounted folder may hide what is written below its mount point.
    await givenMachines(given, ONE);
    await expect(givenMachines(clean, ONE)).rejects.toThrow(
      "lab1 is a node already (/etc/alpine-k8s/init.started), and there is no --reset",
    );
    rmSync(started);
  });

  it("are refused when the marker is gone after a reset", async () => {
    rmSync(join(lab.folder, "etc/alpine-k8s"), { recursive: true });
    await expect(givenMachines(given, ONE)).rejects.toThrow(`lab1: ${MARKER} is not there`);
    lab.mark();
  });
});
