import { mkdirSync, writeFileSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { listBoxes } from "../../src/operations/box/list.js";
import { planRemoveBoxes, type RemoveBoxInput } from "../../src/operations/box/remove.js";
import { verifyBoxes } from "../../src/operations/box/verify.js";
import { silentProgress } from "../../src/base/progress.js";
import { catalogueJson, versionsIn } from "../../src/boxes/catalogue-file.js";
import { fakeComputer } from "../fakes/fake-computer.js";

const NAME = "alpine-3.24-containerd-kubernetes-v1.36.1";
const OURS = { provider: "libvirt", architecture: "amd64", "alpine-k8s": { kubernetes: "v1.36.1", files: {} } };
const FILES: Readonly<Record<string, string>> = {
  [`/boxes/${NAME}/20261130.5.0/libvirt/metadata.json`]: JSON.stringify(OURS),
  "/boxes/generic-VAGRANTSLASH-alpine319/4.3.12/amd64/virtualbox/metadata.json": '{"provider":"virtualbox"}',
  "/boxes/broken/0/libvirt/metadata.json": "{",
};
const machine = (box: unknown) => ({ vagrantfile_path: "/home/user/demo", extra_data: { box } });
const INDEX = (machines: object): string => JSON.stringify({ version: 1, machines });

/** A computer whose Vagrant keeps these boxes, and knows these machines. */
function input(index = INDEX({})): RemoveBoxInput {
  const home = "/home/user/.vagrant.d";
  const files = Object.fromEntries(Object.entries(FILES).map(([path, text]) => [home + path, text]));
  const computer = fakeComputer({ files: { ...files, [`${home}/data/machine-index/index`]: index } });
  return {
    ...{ folder: "/", progress: silentProgress, signal: new AbortController().signal, tools: { computer } as never },
    ...{ name: NAME, provider: undefined, version: undefined },
  };
}

const USED = INDEX({
  a: machine({ name: NAME, provider: "libvirt", version: "20261130.5.0" }),
  b: machine({ name: NAME, provider: "libvirt", version: "20261130.5.0" }),
  c: machine({ name: 5 }),
  d: null,
  e: {},
});

describe("the boxes that Vagrant has", () => {
  it("are listed with what their metadata say, in either layout of Vagrant", async () => {
    const { boxes } = await listBoxes(input());
    // The fake computer has the default box, too.
    expect(boxes.filter(({ version }) => version !== "0")).toEqual([
      {
        ...{ name: NAME, version: "20261130.5.0", provider: "libvirt", architecture: "amd64" },
        ...{ ours: true, kubernetes: "v1.36.1", usedBy: [] },
      },
      {
        ...{ name: "generic/alpine319", version: "4.3.12", provider: "virtualbox", architecture: "amd64" },
        ...{ ours: false, kubernetes: null, usedBy: [] },
      },
    ]);
    expect(boxes.find(({ name }) => name === "broken")).toMatchObject({ architecture: null, ours: false });
  });

  it("tell the folders of machines that were made of them, each once", async () => {
    const { boxes } = await listBoxes(input(USED));
    expect(boxes.flatMap(({ name, usedBy }) => usedBy.map((folder) => `${name} ${folder}`))).toEqual([
      `${NAME} /home/user/demo`,
    ]);
    expect((await listBoxes(input("{broken"))).boxes).not.toEqual([]);
  });

  it("are not removed while a folder uses one, and nothing is", async () => {
    await expect(planRemoveBoxes(input(USED))).rejects.toMatchObject({
      kind: "conflict",
      message: `${NAME} is in use: machines of /home/user/demo were made of it; nothing was removed`,
      hints: ["alpine-k8s destroy --dir '/home/user/demo'"],
    });
  });

  it("are removed by name, provider and version", async () => {
    const items = async (more: object): Promise<string[]> => {
      const { steps } = await planRemoveBoxes({ ...input(), ...more });
      return steps.flatMap((step) => step.items.map(({ text }) => text));
    };
    expect(await items({ version: "20261130.5.0" })).toEqual([
      `vagrant box remove ${NAME}, version 20261130.5.0, for libvirt`,
    ]);
    await expect(items({ provider: "virtualbox" })).rejects.toThrow(`Vagrant has no box "${NAME}" on this computer`);
    await expect(items({ name: "gone" })).rejects.toMatchObject({ kind: "usage", hints: ["alpine-k8s box list"] });
  });

  it("are not needed for the removal of a build that Vagrant never got", async () => {
    const cache = await mkdtemp(join(tmpdir(), "alpine-k8s-builds-"));
    const folder = join(cache, "alpine-k8s/boxes/one");
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "record.json"), JSON.stringify({ name: "built", version: "1.0.0", boxes: [] }));
    const { tools, ...rest } = input();
    const computer = { ...tools.computer, env: { XDG_CACHE_HOME: cache } };
    const { steps } = await planRemoveBoxes({ ...rest, tools: { computer } as never, name: "built" });
    expect(steps.flatMap((step) => step.items.map(({ text }) => text))).toEqual([`remove ${folder}`]);
    await expect(
      planRemoveBoxes({ ...rest, tools: { computer } as never, name: "built", version: "2.0.0" }),
    ).rejects.toThrow('Vagrant has no box "built" on this computer');
  });

  it("without sums are verified as unknown", async () => {
    const { boxes } = await verifyBoxes(input(), "generic/alpine319");
    expect(boxes).toEqual([
      { name: "generic/alpine319", version: "4.3.12", provider: "virtualbox", state: "unknown", problems: [] },
    ]);
    await expect(verifyBoxes(input(), "gone")).rejects.toThrow('Vagrant has no box "gone" on this computer');
  });
});

describe("a catalogue that is there", () => {
  const boxes = [{ provider: "libvirt", url: "https://b/1.box", sha256: "a".repeat(64) }] as const;
  const version = { version: "20261130.5.0", architecture: "x86_64", boxes } as const;

  it("keeps its versions, of this box", () => {
    const text = catalogueJson(NAME, "Alpine", [version, { ...version, architecture: "aarch64" }]);
    expect(versionsIn(text, NAME)).toEqual([version, { ...version, architecture: "aarch64" }]);
    expect(versionsIn(text, "another")).toEqual([]);
  });

  it("keeps what its versions tell of themselves, under a key that Vagrant does not read", () => {
    const about = { alpine: "3.24", kubernetes: "v1.36.1", runtime: "containerd" };
    const text = catalogueJson(NAME, "Alpine", [{ ...version, about }, version]);
    expect((JSON.parse(text) as { versions: object[] }).versions[0]).toMatchObject({ "alpine-k8s": about });
    expect(versionsIn(text, NAME)).toEqual([{ ...version, about }, version]);
  });

  it.each(["", "[]", "{", '{"name": 5}', `{"name": "${NAME}", "versions": [{"version": 1, "providers": [{}]}]}`])(
    "that is none of ours counts as empty: %s",
    (text) => expect(versionsIn(text, NAME)).toEqual([]),
  );
});
