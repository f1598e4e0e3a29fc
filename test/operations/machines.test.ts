import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { hostsMachines } from "../../src/machines/hosts-machines.js";
import { vagrantMachines } from "../../src/machines/vagrant-machines.js";
import { clusterPaths, type ClusterPaths } from "../../src/base/paths.js";
import { parseSpec } from "../../src/model/spec/parse-spec.js";
import { buildTopology } from "../../src/model/topology/build-topology.js";
import { resolveIdentity } from "../../src/model/topology/resolve-identity.js";
import type { PlannedNode, Topology } from "../../src/model/topology/topology.js";
import type { BootRequest, Vagrant } from "../../src/vagrant/vagrant.js";

function planned(text: string) {
  const spec = parseSpec({ text, source: "alpine-k8s.yaml", folderName: "demo", overrides: {} });
  const found = { vagrantProvider: "libvirt" as const, kubernetesVersion: "v1.36.1", caHash: "", folderId: "00000000" };
  const identity = resolveIdentity(spec, found);
  return { spec, identity, topology: buildTopology(spec, identity) };
}

function first({ nodes: [node] }: Topology): PlannedNode {
  if (!node) throw new Error("there is no node");
  return node;
}

const refuse = (): never => {
  throw new Error("Vagrant was not told about this");
};

describe("the files of keys that other programs need", () => {
  it.each([
    ["~/.ssh/mine", () => join(homedir(), ".ssh/mine")],
    ["keys/mine", (folder: string) => join(folder, "keys/mine")],
  ])("are with hosts the one that the spec gives, %s, and none when it gives none", async (given, path) => {
    const folder = await mkdtemp(join(tmpdir(), "alpine-k8s-machines-"));
    await mkdir(join(path(folder), ".."), { recursive: true });
    await writeFile(path(folder), "a key");
    const spec = (more: string): string =>
      `apiVersion: alpine-k8s/v1\nkind: Cluster\nspec: { provider: hosts, hosts: [{ name: master1, role: master, address: 203.0.113.7${more} }] }\n`;
    const with_ = first(planned(spec(`, identityFile: "${given}"`)).topology);
    expect(await hostsMachines(folder).target(with_)).toMatchObject({
      ...{ identityFiles: [path(folder)], privateKeys: ["a key"] },
    });
    expect(await hostsMachines(folder).target(first(planned(spec("")).topology))).not.toHaveProperty("identityFiles");
  });

  it("are with Vagrant the cluster's where the node is pinned, else those that Vagrant names", async () => {
    const folder = await mkdtemp(join(tmpdir(), "alpine-k8s-machines-"));
    const paths = clusterPaths(folder);
    const { spec, identity, topology } = planned("");
    const theirs = join(folder, "insecure_private_key");
    await mkdir(join(folder, ".vagrant/machines/master1/libvirt"), { recursive: true });
    await mkdir(join(folder, ".alpine-k8s/ssh"), { recursive: true });
    await writeFile(join(folder, ".vagrant/machines/master1/libvirt/id"), "x");
    await writeFile(paths.sshKey, "our key");
    await writeFile(theirs, "their key");
    const details = { address: "127.0.0.1", port: 2222, user: "vagrant", privateKeyFiles: [theirs] };
    const vagrant: Vagrant = {
      ...{
        providers: refuse,
        hasBox: refuse,
        addBox: refuse,
        status: refuse,
        boot: refuse,
        halt: refuse,
        destroy: refuse,
      },
      version: () => Promise.resolve("2.4.9"),
      sshDetails: () => Promise.resolve(new Map([["master1", details]])),
    };
    const machines = vagrantMachines({ paths, spec, identity, vagrant, sshPublicKey: "ssh-ed25519 AAAA" });
    const node = first(topology);
    expect(await machines.directTarget(node)).toBeUndefined();
    expect(await machines.target(node)).toMatchObject({
      identityFiles: [theirs],
      privateKeys: ["their key"],
      port: 2222,
    });
    await writeFile(paths.knownHosts, "master1 ssh-ed25519 AAAA\n");
    expect(await machines.directTarget(node)).toMatchObject({
      identityFiles: [paths.sshKey],
      privateKeys: ["our key"],
    });
    expect(await machines.version?.()).toBe("Vagrant 2.4.9, provider libvirt");
  });
});

describe("the box of machines made by Vagrant", () => {
  const URL = "https://boxes.example.com/a.json";

  it.each([
    ["from the catalogue that it was chosen from", "", { name: "ours/kube", url: URL }],
    [
      "from the place that the spec has by now",
      "spec: { vagrant: { boxUrl: /srv/a.box, boxSha256: '' } }",
      { name: "ours/kube", url: "/srv/a.box", sha256: "" },
    ],
  ])("comes %s, and so it is not missing", async (_, text, box) => {
    const paths = clusterPaths(await mkdtemp(join(tmpdir(), "alpine-k8s-machines-")));
    const { spec, ...plan } = planned(text);
    const identity = { ...plan.identity, box: "ours/kube", boxCatalog: URL };
    const asked: unknown[] = [];
    const vagrant = { boot: (request) => Promise.resolve(void asked.push(request.box)) } as Partial<Vagrant> as Vagrant;
    const machines = vagrantMachines({ paths, spec, identity, vagrant, sshPublicKey: "" });
    expect(await machines.missingBox?.()).toBeUndefined();
    const signal = new AbortController().signal;
    await machines.start(["master1"], { signal, onActivity: () => undefined, onReady: () => undefined });
    expect(asked).toEqual([box]);
  });
});

describe("the host key of a machine made by Vagrant", () => {
  let paths: ClusterPaths;
  const idFile = (name: string): string => join(paths.folder, ".vagrant/machines", name, "libvirt/id");
  const pins = (): Promise<string> => readFile(paths.knownHosts, "utf8");
  beforeEach(async () => {
    paths = clusterPaths(await mkdtemp(join(tmpdir(), "alpine-k8s-machines-")));
    for (const name of ["master1", "minion1", "minion2"]) {
      await mkdir(join(idFile(name), ".."), { recursive: true });
      await writeFile(idFile(name), `${name}-first`);
    }
    await mkdir(paths.state, { recursive: true });
    await writeFile(paths.knownHosts, "master1 ssh-ed25519 AAAA\nminion1 ssh-ed25519 BBBB\nminion2 ssh-ed25519 CCCC\n");
  });

  function start(names: readonly string[], boot: (request: BootRequest) => Promise<void>): Promise<void> {
    const { spec, identity } = planned("");
    const vagrant = { boot } as Vagrant;
    const machines = vagrantMachines({ paths, spec, identity, vagrant, sshPublicKey: "" });
    const signal = new AbortController().signal;
    return machines.start(names, { signal, onActivity: () => undefined, onReady: (name) => ready.push(name) });
  }
  let ready: string[] = [];
  beforeEach(() => {
    ready = [];
  });

  it("is forgotten before the machine is made anew that somebody destroyed, also when that fails", async () => {
    await rm(idFile("minion1"));
    let duringBoot = "";
    const broken = start(["master1", "minion1"], async () => {
      duringBoot = await pins();
      throw new Error("killed");
    });
    await expect(broken).rejects.toThrow("killed");
    expect(duringBoot).toBe("master1 ssh-ed25519 AAAA\nminion2 ssh-ed25519 CCCC\n");
  });

  it("is forgotten before anybody connects, when Vagrant finds that the machine is gone and makes another", async () => {
    let whenReady: Promise<string> = Promise.resolve("");
    ready.push = (name) => {
      if (name === "minion2") whenReady = pins();
      return 0;
    };
    await start(["minion1", "minion2"], async ({ onReady }) => {
      await writeFile(idFile("minion2"), "minion2-second");
      onReady?.("minion1");
      onReady?.("minion2");
    });
    expect(await whenReady).toBe("master1 ssh-ed25519 AAAA\nminion1 ssh-ed25519 BBBB\n");
  });

  it("stays pinned for a machine that was only halted", async () => {
    const before = await pins();
    await start(["master1", "minion1", "minion2"], ({ onReady, names }) => {
      for (const name of names) onReady?.(name);
      return Promise.resolve();
    });
    expect(ready.sort()).toEqual(["master1", "minion1", "minion2"]);
    expect(await pins()).toBe(before);
  });
});
