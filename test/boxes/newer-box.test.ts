import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { catalogueJson } from "../../src/boxes/catalogue-file.js";
import { newerBox, type NewerBox } from "../../src/operations/box/newer-box.js";
import { fakeComputer } from "../fakes/fake-computer.js";
import { serve, type Answer } from "../kubectl/server.js";

const NAME = "ours/kube";
const FOLDER = "/home/user/demo";
const VAGRANT = "/home/user/.vagrant.d";
const ABOUT = { kubernetes: "v1.36.1", runtime: "containerd", alpine: "3.24" };

interface Given {
  /** What Vagrant has noted; nothing: the box came without a catalogue. */
  readonly place?: string;
  /** Versions that the machines were made of. */
  readonly machines?: readonly string[];
  readonly of?: string;
  readonly signal?: AbortSignal;
}

function asked({ place, machines = ["20261130.5.0"], of = FOLDER, signal }: Given): Promise<NewerBox | null> {
  const boxes = machines.map((version, index) => [
    `m${index}`,
    { vagrantfile_path: of, extra_data: { box: { name: NAME, provider: "libvirt", version } } },
  ]);
  const files = {
    [`${VAGRANT}/data/machine-index/index`]: JSON.stringify({
      version: 1,
      machines: Object.fromEntries(boxes) as object,
    }),
    ...(place === undefined ? {} : { [`${VAGRANT}/boxes/ours-VAGRANTSLASH-kube/metadata_url`]: place }),
  };
  return newerBox({
    ...{ folder: FOLDER, proxyCa: undefined, signal: signal ?? new AbortController().signal },
    identity: { box: NAME, kubernetesVersion: "v1.36.1" },
    spec: { proxy: { http: "", https: "", ca: "", noProxy: [] } },
    tools: { computer: fakeComputer({ files }) },
  } as never);
}

const version = (text: string, more: object = {}) => ({
  ...{ version: text, architecture: "x86_64", about: ABOUT },
  boxes: [{ provider: "libvirt", url: "https://b/1.box", sha256: "a".repeat(64) }],
  ...more,
});
const catalogue = (...versions: readonly object[]): string => catalogueJson(NAME, "Alpine", versions as never);

async function atServer(answer: Answer | string): Promise<string> {
  return `${(await serve({ "/a.json": answer })).url}/a.json`;
}

describe("a newer version of the cluster's box", () => {
  const newest = catalogue(version("20261130.5.0"), version("20261201.7.0"));
  const found = { box: NAME, provider: "libvirt", version: "20261130.5.0", newer: "20261201.7.0" };

  it("is found in the catalogue that Vagrant has noted, of a server or a file", async () => {
    expect(await asked({ place: await atServer(newest) })).toEqual(found);
    const path = join(await mkdtemp(join(tmpdir(), "alpine-k8s-newer-")), "a.json");
    await writeFile(path, newest);
    expect(await asked({ place: `file://${path}\n` })).toEqual(found);
  });

  it("is newer than the newest machine", async () => {
    const place = await atServer(newest);
    expect(await asked({ place, machines: ["20261130.5.0", "20261201.7.0"] })).toBeNull();
    expect(await asked({ place, machines: ["20261130.5.0", "20261130.6.0"] })).toMatchObject({
      version: "20261130.6.0",
    });
  });

  it.each<[string, string]>([
    ["the same", catalogue(version("20261130.5.0"))],
    ["older", catalogue(version("20261129.5.0"))],
    ["with another Kubernetes", catalogue(version("20261201.7.0", { about: { ...ABOUT, kubernetes: "v1.37.0" } }))],
    ["for another processor", catalogue(version("20261201.7.0", { architecture: "aarch64" }))],
    ["no catalogue", "<html>log in</html>"],
  ])("is none that is %s", async (_, text) => expect(await asked({ place: await atServer(text) })).toBeNull());

  it("is looked for nowhere without a catalogue, without machines, or when they are of no version", async () => {
    const site = await serve({ "/a.json": newest });
    const place = `${site.url}/a.json`;
    expect(await asked({})).toBeNull();
    expect(await asked({ place: "-o /etc/passwd" })).toBeNull();
    expect(await asked({ place, machines: [] })).toBeNull();
    expect(await asked({ place, machines: ["0"] })).toBeNull();
    expect(await asked({ place, of: "/home/user/other" })).toBeNull();
    expect(site.seen).toEqual([]);
  });

  it("is given up after three seconds with a server that is silent, and at once with one that is gone", async () => {
    const place = await atServer(() => undefined);
    const started = performance.now();
    expect(await asked({ place })).toBeNull();
    expect(performance.now() - started).toBeLessThan(6000);
    expect(await asked({ place: await atServer((_, response) => void response.writeHead(500).end()) })).toBeNull();
  });

  it("ends with the run", async () => {
    const ending = new AbortController();
    const place = await atServer(() => ending.abort(new Error("the user wants the end")));
    await expect(asked({ place, signal: ending.signal })).rejects.toThrow("the user wants the end");
  });
});
