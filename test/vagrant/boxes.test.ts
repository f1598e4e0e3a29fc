import { join } from "node:path";
import { describe, expect, it } from "vitest";
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
  provider: "libvirt" | "virtualbox" = "libvirt",
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
const upEnd = (name: string): string => `1,${name},action,up,end`;

describe("boxes", () => {
  const boxes = [
    "1,,box-name,a",
    "1,,box-provider,virtualbox",
    "1,,box-version,0",
    "1,,box-name,b",
    "1,,box-provider,libvirt",
  ];

  it.each([
    ["a", false],
    ["b", true],
    ["c", false],
  ])("%s is there for libvirt: %s", async (name, there) => {
    const { vagrant } = bench([{ args: "box list", stdout: boxes }]);
    await expect(vagrant.hasBox(name)).resolves.toBe(there);
  });

  it("are added with their checksum, before the machines boot", async () => {
    const { vagrant, fake } = bench([
      { args: "box list", stdout: boxes },
      { args: "box add --name c --provider libvirt --checksum-type sha256 --checksum ab12 {folder}/boxes/c.box" },
      { args: `${UP} m1`, stdout: [upEnd("m1")] },
    ]);
    fake.put("boxes/c.box");
    await vagrant.boot({ names: ["m1"], box: { name: "c", url: "boxes/c.box", sha256: "ab12" } });
    expect(fake.commands()).toHaveLength(3);
  });

  it("that are there are not added again", async () => {
    const { vagrant, fake } = bench([
      { args: "box list", stdout: boxes },
      { args: `${UP} m1`, stdout: [upEnd("m1")] },
    ]);
    await vagrant.boot({ names: ["m1"], box: { name: "b", url: "boxes/b.box" } });
    expect(fake.commands()).toEqual(["box list", `${UP} m1`]);
  });

  it("with another checksum are refused", async () => {
    const add = "box add --name x/y --provider libvirt --checksum-type sha256 --checksum 00 {folder}/my.box";
    const { vagrant, fake } = bench([{ args: add, stdout: recorded("wrong-checksum"), exit: 1 }]);
    fake.put("my.box");
    await expect(vagrant.addBox({ name: "x/y", url: "my.box", sha256: "00" })).rejects.toMatchObject({
      kind: "node",
      message: expect.stringMatching(
        /^adding the box x\/y: the box is not the one that the spec names\n[^]*Expected: 00/,
      ) as string,
    });
  });

  it("without a place, or with a checksum that Vagrant would not check, are refused", async () => {
    const { vagrant, fake } = bench([]);
    await expect(vagrant.addBox({ name: "b", url: "" })).rejects.toThrow("there is no source for the box b from");
    await expect(vagrant.addBox({ name: "b", url: "https://example.com/b.json", sha256: "ab" })).rejects.toThrow(
      "Vagrant does not check spec.vagrant.boxSha256 for a catalogue (https://example.com/b.json)",
    );
    await expect(vagrant.addBox({ name: "b", url: "boxes/b.box" })).rejects.toMatchObject({
      kind: "prerequisite",
      message: `the file of the box b is not there: ${join(fake.folder, "boxes/b.box")}`,
    });
    expect(fake.calls()).toEqual([]);
  });

  it("at a URL are Vagrant's to fetch", async () => {
    const url = "https://example.com/a b.box";
    const { vagrant, fake } = bench([{ args: `box add --name b --provider libvirt ${url}` }]);
    await vagrant.addBox({ name: "b", url });
    expect(fake.calls()).toHaveLength(1);
  });
});
