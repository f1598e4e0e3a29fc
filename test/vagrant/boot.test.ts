import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { livingChildren } from "../../src/base/child-notes.js";
import { clusterPaths } from "../../src/base/paths.js";
import { createVagrant } from "../../src/vagrant/create-vagrant.js";
import type { VagrantTimeouts } from "../../src/vagrant/run-vagrant.js";
import type { Vagrant } from "../../src/vagrant/vagrant.js";
import { type Answer, type FakeVagrant, fakeVagrant, recorded } from "./fake-vagrant.js";

interface Bench {
  readonly vagrant: Vagrant;
  readonly fake: FakeVagrant;
  readonly log: string[];
}

function bench(
  answers: readonly Answer[],
  provider: "libvirt" | "virtualbox" | "docker" = "libvirt",
  timeouts: Partial<VagrantTimeouts> = {},
): Bench {
  const fake = fakeVagrant(answers);
  const log: string[] = [];
  return {
    fake,
    log,
    vagrant: createVagrant({ folder: fake.folder, provider, log: (line) => log.push(line), timeouts }),
  };
}

const UP = "up --no-provision --no-destroy-on-error --no-install-provider --provider libvirt --parallel";
const UP_ONE = "up --no-provision --no-destroy-on-error --no-install-provider --provider virtualbox --no-parallel";
const upEnd = (name: string): string => `1,${name},action,up,end`;

describe("boot", () => {
  it("starts containers together and asks for no box", async () => {
    const up = UP.replace("libvirt", "docker");
    const { vagrant, fake } = bench([{ args: `${up} m1 m2`, stdout: [upEnd("m1"), upEnd("m2")] }], "docker");
    await vagrant.boot({ names: ["m1", "m2"] });
    expect(fake.commands()).toEqual([`${up} m1 m2`]);
  });

  it("makes a container anew whose first boot was broken off before Docker had made it", async () => {
    const up = UP.replace("libvirt", "docker");
    const { vagrant, fake, log } = bench(
      [{ args: "destroy --force m1" }, { args: `${up} m1`, stdout: [upEnd("m1")] }],
      "docker",
    );
    fake.put(".vagrant/machines/m1/docker/id", "preparing");
    fake.put(".alpine-k8s/first-boot/m1");
    await vagrant.boot({ names: ["m1"] });
    expect(log).toContain("made anew, because their first boot was interrupted: m1");
  });

  it("tells of each machine as soon as it is up, and what Vagrant says meanwhile", async () => {
    const told: string[] = [];
    const { vagrant, fake, log } = bench([
      {
        args: `${UP} m1 m2`,
        stdout: [
          "1,,ui,info,Bringing machine 'm1' up with 'libvirt' provider...",
          upEnd("m2"),
          { line: "2,m1,ui,info,==> m1: Waiting for SSH", afterMs: 50 },
          upEnd("m1"),
        ],
      },
    ]);
    const seen = (name: string): void =>
      void told.push(`ready ${name}, marked ${existsSync(join(fake.folder, ".alpine-k8s/first-boot", name))}`);
    await vagrant.boot({
      names: ["m1", "m2"],
      onReady: seen,
      onLine: (name, text) => told.push(`${name ?? "-"} ${text}`),
    });
    expect(told).toEqual([
      "- Bringing machine 'm1' up with 'libvirt' provider...",
      "ready m2, marked false",
      "m1 Waiting for SSH",
      "ready m1, marked false",
    ]);
    expect(log).toContain("m1: Waiting for SSH");
    expect(log[0]).toBe(`$ vagrant ${UP} m1 m2`);
  });

  it("is noted for a run that comes after this one is killed, as queries are not", async () => {
    const { vagrant, fake } = bench([
      { args: "status" },
      { args: `${UP} m1`, stdout: [upEnd("m1"), { line: "1,,ui,info,", afterMs: 2_000 }] },
    ]);
    const { children } = clusterPaths(fake.folder);
    const seen: string[] = [];
    await vagrant.status();
    expect(existsSync(children)).toBe(false);
    const booting = vagrant.boot({ names: ["m1"] });
    await vi.waitFor(async () => {
      seen.push(...(await livingChildren(children)).map(({ command }) => command));
      expect(seen).not.toEqual([]);
    });
    await booting;
    expect(seen[0]).toBe(`vagrant ${UP} m1 --machine-readable`);
    expect(existsSync(children)).toBe(false);
  });

  it("of several machines fails with a line for each, and keeps their marks", async () => {
    const { vagrant, fake } = bench([{ args: `${UP} master1 minion1`, stdout: recorded("up-no-libvirtd"), exit: 1 }]);
    await expect(vagrant.boot({ names: ["master1", "minion1"] })).rejects.toMatchObject({
      kind: "prerequisite",
      message: expect.stringMatching(
        /^vagrant up failed on 2 node\(s\):\n {2}master1: vagrant up failed: libvirt does not answer\n[^]*\n {2}minion1: vagrant up failed: libvirt/,
      ) as string,
    });
    expect(existsSync(join(fake.folder, ".alpine-k8s/first-boot/master1"))).toBe(true);
  });

  it("of one machine that fails names only that one, while the other is ready", async () => {
    const ready: string[] = [];
    const message =
      "An error occurred while executing multiple actions in parallel.\\n\\nAn error occurred while executing the action on the 'm2'\\n" +
      "machine. Please handle this error then try again:\\n\\nno memory";
    const stdout = [upEnd("m1"), `1,,error-exit,Vagrant::Errors::BatchMultiError,${message}`];
    const { vagrant } = bench([{ args: `${UP} m1 m2`, stdout, exit: 1 }]);
    await expect(vagrant.boot({ names: ["m1", "m2"], onReady: (name) => ready.push(name) })).rejects.toMatchObject({
      kind: "node",
      node: "m2",
      message: "m2: vagrant up failed: no memory",
    });
    expect(ready).toEqual(["m1"]);
  });

  it("goes on with the next machine where the provider boots one at a time", async () => {
    const ready: string[] = [];
    const { vagrant, fake } = bench(
      [
        { args: `${UP_ONE} m1`, stdout: ["1,,error-exit,X,Timed out while waiting for the machine to boot."], exit: 1 },
        { args: `${UP_ONE} m2`, stdout: [upEnd("m2")] },
      ],
      "virtualbox",
    );
    await expect(vagrant.boot({ names: ["m1", "m2"], onReady: (name) => ready.push(name) })).rejects.toMatchObject({
      kind: "timeout",
      node: "m1",
      message:
        "m1: vagrant up failed: the machine did not become reachable by ssh\nTimed out while waiting for the machine to boot.",
    });
    expect(ready).toEqual(["m2"]);
    expect(fake.commands()).toEqual([`${UP_ONE} m1`, `${UP_ONE} m2`]);
  });

  it("makes a machine anew whose first boot was broken off, and no other", async () => {
    const { vagrant, fake, log } = bench([
      { args: "destroy --force m2" },
      { args: `${UP} m1 m2 m3`, stdout: ["m1", "m2", "m3"].map(upEnd) },
    ]);
    for (const name of ["m1", "m2"]) fake.put(`.vagrant/machines/${name}/libvirt/id`, "uuid");
    fake.put(".alpine-k8s/first-boot/m2");
    fake.put(".alpine-k8s/first-boot/m3");
    await vagrant.boot({ names: ["m1", "m2", "m3"] });
    expect(fake.commands()).toEqual(["destroy --force m2", `${UP} m1 m2 m3`]);
    expect(log[0]).toBe("made anew, because their first boot was interrupted: m2");
  });

  it("past its time limit says which machines are not up", async () => {
    const answer = { args: `${UP} m1 m2`, stdout: [upEnd("m1"), { line: "never", afterMs: 60_000 }], onInt: [] };
    const { vagrant } = bench([answer], "libvirt", { boot: 1_500 });
    await expect(vagrant.boot({ names: ["m1", "m2"] })).rejects.toMatchObject({
      kind: "timeout",
      node: "m2",
      message: "m2: the machine was not up within 2 s, and vagrant was ended",
    });
  });

  it("broken off lets Vagrant end, says that it waits, and ends with the reason", async () => {
    const controller = new AbortController();
    const told: string[] = [];
    const answer = {
      args: `${UP} m1`,
      stdout: ["1,m1,ui,info,==> m1: on", { line: "x", afterMs: 60_000 }],
      onInt: ["1,m1,ui,info,==> m1: bye"],
    };
    const { vagrant, log } = bench([answer]);
    const booting = vagrant.boot({
      names: ["m1"],
      signal: controller.signal,
      onLine: (name, text) => {
        told.push(text);
        if (text === "on") controller.abort(new Error("interrupted by the user"));
      },
    });
    await expect(booting).rejects.toThrow("interrupted by the user");
    expect(told).toEqual(["on", "waiting until vagrant has ended cleanly, at most 120 s", "bye"]);
    expect(log).toContain("m1: bye");
  });

  // As Vagrant 2.3.4 said it on a computer where another container ended.
  const wentAway = (name: string): string =>
    `An error occurred while executing the action on the '${name}'\\nmachine. Please handle this error then try again:\\n\\n` +
    "A Docker command executed by Vagrant didn't complete successfully!\\n\\n" +
    'Command: ["docker"%!(VAGRANT_COMMA) "inspect"%!(VAGRANT_COMMA) "9bd3"]\\n\\nStderr: Error: No such object: 9bd3';

  it("starts containers again that Vagrant did not make because another container ended", async () => {
    const up = UP.replace("libvirt", "docker");
    const stdout = [upEnd("m1"), `1,,error-exit,Vagrant::Errors::BatchMultiError,${wentAway("m2")}`];
    const { vagrant, fake, log } = bench(
      [
        { args: `${up} m1 m2`, stdout, exit: 1, puts: [".vagrant/machines/m2/docker/id"] },
        { args: "destroy --force m2" },
        { args: `${up} m2`, stdout: [upEnd("m2")] },
      ],
      "docker",
    );
    const ready: string[] = [];
    await vagrant.boot({ names: ["m1", "m2"], onReady: (name) => ready.push(name) });
    expect(ready).toEqual(["m1", "m2"]);
    expect(fake.commands()).toEqual([`${up} m1 m2`, "destroy --force m2", `${up} m2`]);
    expect(log).toContain("started again, because a container ended while Vagrant asked Docker about it: m2");
    expect(existsSync(join(fake.folder, ".alpine-k8s/first-boot/m2"))).toBe(false);
  });

  it("does so five times at most, and tells of other failures", async () => {
    const up = UP.replace("libvirt", "docker");
    const stdout = [`1,,error-exit,Vagrant::Errors::BatchMultiError,${wentAway("m1")}`];
    const { vagrant, fake } = bench([{ args: `${up} m1`, stdout, exit: 1 }], "docker");
    await expect(vagrant.boot({ names: ["m1"] })).rejects.toMatchObject({
      node: "m1",
      message: expect.stringContaining("No such object: 9bd3") as string,
    });
    expect(fake.commands()).toEqual(Array.from({ length: 5 }, () => `${up} m1`));
  });

  it("of nothing runs nothing", async () => {
    const { vagrant, fake } = bench([]);
    await vagrant.boot({ names: [] });
    await vagrant.halt([]);
    await vagrant.destroy([]);
    expect((await vagrant.sshDetails([])).size).toBe(0);
    expect(fake.calls()).toEqual([]);
  });
});
