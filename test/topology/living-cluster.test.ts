import { describe, expect, it } from "vitest";
import { AlpineK8sError } from "../../src/base/errors.js";
import { buildTopology } from "../../src/model/topology/build-topology.js";
import { compareWithIdentity, identityDifferences } from "../../src/model/topology/compare-identity.js";
import { planChanges } from "../../src/model/topology/plan-changes.js";
import { identityOf, specOf } from "./made.js";

// The table "Changing the spec of a living cluster" of docs/spec.md, row by row.

const LIVING = specOf('vagrant: {provider: libvirt, box: x}\nkubernetes: {version: "v1.36.1"}');
const IDENTITY = identityOf(LIVING);
const EXISTING = ["master1", "minion1", "minion2"].map((name) => ({ name, cpus: 2, memory: 2048 }));

function changes(text: string, existing: Parameters<typeof planChanges>[0]["existing"] = EXISTING) {
  return planChanges({ topology: buildTopology(specOf(text), IDENTITY), existing });
}

const NOTHING = { missingFromSpec: [], resized: [], contradicting: [] };

describe("nodes", () => {
  it("no change: nothing to do", () => expect(changes("")).toEqual(NOTHING));

  it("a node more: nothing to tell", () => expect(changes("nodes: {minions: {count: 3}}")).toEqual(NOTHING));

  it("a node less: told with the command, nothing destroyed", () => {
    expect(changes("nodes: {minions: {count: 1}}")).toEqual({
      ...NOTHING,
      missingFromSpec: [
        {
          name: "minion2",
          text: "minion2 exists and is not in the spec; it stays until it is removed",
          command: "alpine-k8s remove-node minion2",
        },
      ],
    });
  });

  it("another size: told with the command", () => {
    expect(changes("nodes: {minions: {count: 2, memory: 4096}, masters: {cpus: 4}}").resized).toEqual([
      {
        name: "master1",
        text: "master1 has 2 CPUs and 2048 MiB, the spec says 4 CPUs and 2048 MiB; a restart gives it the new size",
        command: "vagrant reload master1",
      },
      ...["minion1", "minion2"].map((name) => ({
        name,
        text: `${name} has 2 CPUs and 2048 MiB, the spec says 2 CPUs and 4096 MiB; a restart gives it the new size`,
        command: `vagrant reload ${name}`,
      })),
    ]);
  });

  it.each([
    [1740, false],
    [1741, true],
    [1967, true],
    [2150, true],
    [2151, false],
  ])("%d MiB seen by a machine that was given 2048: as asked is %s", (memory, asAsked) => {
    const { resized } = changes("", [{ name: "minion1", cpus: 2, memory }]);
    expect(resized.length === 0).toBe(asAsked);
  });

  it("a size that is not known: nothing to say", () => {
    expect(
      changes("nodes: {minions: {memory: 4096}}", [{ name: "master1" }, { name: "minion1" }, { name: "minion2" }]),
    ).toEqual(NOTHING);
  });

  it("another role: told, it would have to be removed", () => {
    const list = "nodes: {list: [{name: master1, role: master}, {name: a, role: minion, address: 10.250.250.30}]}";
    const existing = [
      { name: "master1", role: "master" as const },
      { name: "a", role: "master" as const },
    ];
    expect(changes(list, existing).contradicting).toEqual([
      {
        name: "a",
        text: "a is a master, the spec says minion; a node keeps its role until it is removed",
        command: "alpine-k8s remove-node a",
      },
    ]);
  });

  it.each([
    [
      "is the only master",
      [
        { name: "master1", role: "minion" },
        { name: "a", role: "master" },
      ],
      "a",
    ],
    ["is to be the only master", [{ name: "master1", role: "minion" }], "master1"],
  ] as const)("a node that %s cannot be removed: back with it, or no cluster", (_, existing, name) => {
    const list = "nodes: {list: [{name: master1, role: master}, {name: a, role: minion, address: 10.250.250.30}]}";
    const { contradicting } = changes(list, existing);
    expect(contradicting.filter((one) => one.name === name).map(({ command }) => command)).toEqual([
      "put it back in alpine-k8s.yaml, or: alpine-k8s destroy",
    ]);
  });

  it("hosts have the size they have", () => {
    const spec = specOf(
      'provider: hosts\nkubernetes: {version: "v1.36.1"}\nhosts: [{name: m, role: master, address: 10.0.0.1}]',
    );
    const topology = buildTopology(spec, identityOf(spec));
    expect(planChanges({ topology, existing: [{ name: "m", cpus: 8, memory: 16000 }] })).toEqual(NOTHING);
  });
});

function conflict(text: string, folderName = "demo"): AlpineK8sError {
  try {
    compareWithIdentity({ ...specOf(text), name: folderName }, IDENTITY);
  } catch (error) {
    if (error instanceof AlpineK8sError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

describe("what must not change", () => {
  it.each<[string, string, string, string]>([
    [
      "domain",
      "domain: other.test",
      "spec.domain: the cluster has example.com, the spec says other.test",
      "spec.domain: example.com",
    ],
    [
      "provider",
      "provider: hosts\nhosts: [{name: m, role: master, address: 10.0.0.1}]",
      "spec.provider: the cluster has vagrant, the spec says hosts",
      "spec.provider: vagrant",
    ],
    [
      "Vagrant provider",
      "vagrant: {provider: qemu}",
      "spec.vagrant.provider: the cluster has libvirt, the spec says qemu",
      "spec.vagrant.provider: libvirt",
    ],
    [
      "network",
      "vagrant: {network: 10.9.0.0/24}",
      "spec.vagrant.network: the cluster has 10.250.250.0/24, the spec says 10.9.0.0/24",
      "spec.vagrant.network: 10.250.250.0/24",
    ],
    [
      "pod subnet",
      "kubernetes: {podSubnet: 10.32.0.0/16}",
      "spec.kubernetes.podSubnet: the cluster has 10.244.0.0/16, the spec says 10.32.0.0/16",
      "spec.kubernetes.podSubnet: 10.244.0.0/16",
    ],
    [
      "service subnet",
      "kubernetes: {serviceSubnet: 10.64.0.0/16}",
      "spec.kubernetes.serviceSubnet: the cluster has 10.96.0.0/12, the spec says 10.64.0.0/16",
      "spec.kubernetes.serviceSubnet: 10.96.0.0/12",
    ],
    [
      "DNS domain",
      "kubernetes: {dnsDomain: k.test}",
      "spec.kubernetes.dnsDomain: the cluster has cluster.local, the spec says k.test",
      "spec.kubernetes.dnsDomain: cluster.local",
    ],
    [
      "version",
      'kubernetes: {version: "v1.37.0"}',
      "spec.kubernetes.version: the cluster has v1.36.1, the spec says v1.37.0",
      'spec.kubernetes.version: "v1.36.1"  (up does not upgrade)',
    ],
    ["box", "vagrant: {box: y}", "spec.vagrant.box: the cluster has x, the spec says y", "spec.vagrant.box: x"],
  ])("%s: exit 2 with both values and what to do", (_name, text, line, remedy) => {
    const error = conflict(text);
    expect(error.message).toBe(`the spec contradicts the cluster demo that exists:\n  ${line}`);
    expect(error.kind).toBe("conflict");
    expect(error.oclif.exit).toBe(2);
    expect(error.hints).toEqual([
      `put the cluster's value back: ${remedy}`,
      "or make a new cluster with the new values: in another folder, or here after: alpine-k8s destroy",
    ]);
  });

  it("name, and several values at once", () => {
    expect(conflict("domain: other.test", "prod").message).toBe(
      [
        "the spec contradicts the cluster demo that exists:",
        "  metadata.name: the cluster has demo, the spec says prod",
        "  spec.domain: the cluster has example.com, the spec says other.test",
      ].join("\n"),
    );
  });

  it.each([
    ["left out", ""],
    ["said again", 'vagrant: {provider: libvirt, network: 10.250.250.0/24, box: x}\nkubernetes: {version: "v1.36.1"}'],
    ["of the rest", "proxy: {http: 'http://proxy.test'}\nnodes: {minions: {count: 5}}"],
  ])("values %s are no conflict", (_name, text) => {
    expect(identityDifferences(specOf(text), IDENTITY)).toEqual([]);
    expect(compareWithIdentity(specOf(text), IDENTITY)).toBeUndefined();
  });
});
