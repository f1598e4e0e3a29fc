import { describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { AlpineK8sError } from "../../src/base/errors.js";
import { initConfig, joinConfig } from "../../src/model/kubeadm/documents.js";
import type { ClusterSpec } from "../../src/model/spec/cluster-spec.js";
import { buildTopology } from "../../src/model/topology/build-topology.js";
import type { Topology } from "../../src/model/topology/topology.js";
import { identityOf, specOf } from "../topology/made.js";

const SPECS = {
  vagrant:
    "nodes: {minions: {count: 1, labels: {disk: ssd, example.com/a: b}, taints: [{key: gpu, value: x, effect: NoExecute}]}}",
  docker: "vagrant: {provider: docker, image: alpine-node}",
  hosts: `
provider: hosts
images: {repository: registry.test:5000/k8s}
kubernetes: {apiServer: {endpoint: 10.0.0.250, certSANs: [k8s.test, 203.0.113.7]}}
hosts:
  - {name: master1, role: master, address: 203.0.113.7, privateAddress: 10.0.0.11, taints: [{key: only, effect: NoSchedule}]}
  - {name: minion1, role: minion, address: 10.0.0.13}
`,
  merges: `
network: none
kubernetes:
  kubeadm:
    ClusterConfiguration:
      apiServer:
        extraArgs: {audit-log-maxage: 7, v: "4"}
      controllerManager:
        extraArgs: [{name: node-cidr-mask-size, value: "25"}]
      etcd: {local: {extraArgs: {quota-backend-bytes: "8589934592"}}}
      clusterName: other
    KubeletConfiguration: {maxPods: 60, resolvConf: /run/resolv.conf, evictionHard: {memory.available: 100Mi}}
    KubeProxyConfiguration: {mode: nftables}
    InitConfiguration:
      skipPhases: [addon/kube-proxy]
      nodeRegistration: {kubeletExtraArgs: {--v: "2"}, imagePullPolicy: Always}
    JoinConfiguration:
      nodeRegistration: {kubeletExtraArgs: [{name: node-labels, value: mine=1}], taints: [{key: t, effect: NoSchedule}]}
`,
  merges20: `
kubernetes:
  kubeadm:
    ClusterConfiguration:
      apiServer: {extraArgs: [{name: audit-log-maxage, value: 7}]}
      controllerManager: {extraArgs: {node-cidr-mask-size: "25"}}
      dns: {type: CoreDNS, imageTag: 1.7.0}
    KubeletConfiguration: {maxPods: 60, evictionHard: {memory.available: 100Mi}}
    KubeProxyConfiguration: {mode: ipvs}
    InitConfiguration: {nodeRegistration: {kubeletExtraArgs: {--v: "2"}}}
    JoinConfiguration: {nodeRegistration: {kubeletExtraArgs: [{name: node-labels, value: mine=1}]}}
`,
} as const;

function withSecondMaster(topology: Topology): Topology {
  const [first, ...rest] = topology.nodes;
  if (first === undefined) throw new Error("no master");
  const { access } = first;
  const second = {
    ...{ ...first, name: "master2", fqdn: "master2.example.com", taints: [] },
    address: access === undefined ? "10.250.250.3" : "10.0.0.12",
    ...(access === undefined ? {} : { access: { ...access, address: "Gate.Example.com" } }),
  };
  return { ...topology, nodes: [first, second, ...rest] };
}

function documentsOf(name: keyof typeof SPECS, version: string, which: "init" | "master" | "minion"): string {
  const spec = specOf(SPECS[name]);
  const built = buildTopology(spec, identityOf(spec, { kubernetesVersion: version }));
  const topology = name.startsWith("merges") ? built : withSecondMaster(built);
  const identity = { ...topology.identity, kubernetesVersion: version };
  const node = topology.nodes.find(
    (one) => one.name === { init: "master1", master: "master2", minion: "minion1" }[which],
  );
  if (node === undefined) throw new Error(`${name} has no such node`);
  const input = { topology: { ...topology, identity }, node, spec };
  if (which === "init") return initConfig(input);
  return joinConfig(input);
}

function made(spec: ClusterSpec, version: string, isContainer = false): string {
  const topology = buildTopology(spec, { ...identityOf(spec), kubernetesVersion: version });
  const [node] = topology.nodes;
  if (node === undefined) throw new Error("no node");
  return initConfig({ topology, node, spec, isContainer });
}

const CASES = (["v1.20.2", "v1.28.7", "v1.36.1+vendor"] as const).flatMap((version) =>
  (
    [
      ["vagrant", "init"],
      ["vagrant", "master"],
      ["vagrant", "minion"],
      ["docker", "init"],
      ["hosts", "init"],
      ["hosts", "master"],
      ["hosts", "minion"],
      [version === "v1.20.2" ? "merges20" : "merges", "init"],
      [version === "v1.20.2" ? "merges20" : "merges", "minion"],
    ] as const
  ).map(([name, which]) => ({ name, which, version })),
);

describe("kubeadm's documents", () => {
  it.each(CASES)("$name $which $version", async ({ name, which, version }) => {
    const text = documentsOf(name, version, which);
    const minor = version.split(".")[1] ?? "";
    await expect(text).toMatchFileSnapshot(`../golden/kubeadm/${name}-${which}-1.${minor}.yaml`);
    for (const document of parseAllDocuments(text)) expect(document.errors).toEqual([]);
  });

  it("hold the mark, never a token", () => {
    for (const { name, which, version } of CASES) {
      const text = documentsOf(name, version, which);
      expect(text.match(/@TOKEN@/g)).toHaveLength(1);
      expect(text).not.toMatch(/[a-z0-9]{6}\.[a-z0-9]{16}/);
    }
  });

  it("leave the table of connections alone where the node says that it is a container, and the user says nothing", () => {
    expect(made(specOf(""), "v1.20.2")).not.toContain("kind: KubeProxyConfiguration");
    expect(made(specOf(""), "v1.20.2", true)).toMatch(/kind: KubeProxyConfiguration\nconntrack:\n +maxPerCore: 0\n/);
    const own = specOf("kubernetes: {kubeadm: {KubeProxyConfiguration: {conntrack: {maxPerCore: 8, min: 1}}}}");
    expect(made(own, "v1.20.2", true)).toMatch(/conntrack:\n +maxPerCore: 8\n +min: 1\n/);
  });

  it("measure room by what is left, not by shares of a disk that a container has in common with its computer", () => {
    expect(made(specOf(""), "v1.20.2")).not.toMatch(/eviction|imageGC/);
    const text = made(specOf(""), "v1.36.1", true);
    expect(text).toMatch(/\nevictionHard:\n(?: {2}\S+: \S+\n)*? {2}imagefs\.available: "?1Gi"?\n/);
    expect(text).toContain("\nimageGCHighThresholdPercent: 100\n");
    const users = "{evictionHard: {nodefs.available: 5Gi}, imageGCHighThresholdPercent: 90}";
    const own = made(specOf(`kubernetes: {kubeadm: {KubeletConfiguration: ${users}}}`), "v1.36.1", true);
    expect(own).toMatch(/ nodefs\.available: "?5Gi"?\n/);
    expect(own).toContain("\nimageGCHighThresholdPercent: 90\n");
  });

  it.each<[string, string[]]>([
    ["v1.20.2", ["master"]],
    ["v1.23.17", ["master"]],
    ["v1.24.17", ["master", "control-plane"]],
    ["v1.25.0", ["control-plane"]],
  ])("%s: a master with taints of its own keeps kubeadm's", (version, marks) => {
    const text = documentsOf("hosts", version, "init");
    expect([...text.matchAll(/key: node-role\.kubernetes\.io\/(\S+)/g)].map((match) => match[1])).toEqual(marks);
  });
});

describe("fields that the documents of a Kubernetes do not have", () => {
  it.each<[string, string, string, string]>([
    ["v1.20.2", "InitConfiguration: {skipPhases: [preflight]}", "InitConfiguration.skipPhases", "1.22"],
    ["v1.21.14", "InitConfiguration: {patches: {directory: /x}}", "InitConfiguration.patches", "1.22"],
    [
      "v1.20.2",
      "InitConfiguration: {nodeRegistration: {imagePullPolicy: Always}}",
      "InitConfiguration.nodeRegistration.imagePullPolicy",
      "1.22",
    ],
    ["v1.30.1", "InitConfiguration: {timeouts: {discovery: 1m}}", "InitConfiguration.timeouts", "1.31"],
    [
      "v1.20.2",
      "ClusterConfiguration: {apiServer: {extraEnvs: [{name: A, value: b}]}}",
      "ClusterConfiguration.apiServer.extraEnvs",
      "1.31",
    ],
    ["v1.31.0", "ClusterConfiguration: {useHyperKubeImage: true}", "ClusterConfiguration.useHyperKubeImage", "1.21"],
    ["v1.22.0", "ClusterConfiguration: {dns: {type: CoreDNS}}", "ClusterConfiguration.dns.type", "1.21"],
    [
      "v1.31.0",
      "ClusterConfiguration: {apiServer: {timeoutForControlPlane: 1m}}",
      "ClusterConfiguration.apiServer.timeoutForControlPlane",
      "1.30",
    ],
  ])("%s refuses %s", (version, kubeadm, path, minor) => {
    let error: unknown;
    try {
      made(specOf(`kubernetes: {kubeadm: {${kubeadm}}}`), version);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toMatchObject({ kind: "usage" });
    expect(String(error)).toContain(`spec.kubernetes.kubeadm.${path}: kubeadm of ${version} has no such field`);
    expect(String(error)).toContain(minor);
  });

  it("takes them where they are known, and leaves the documents of other nodes alone", () => {
    const timeouts = specOf("kubernetes: {kubeadm: {InitConfiguration: {timeouts: {discovery: 1m}}}}");
    expect(made(timeouts, "v1.31.0")).toContain("discovery: 1m");
    const hyper = specOf("kubernetes: {kubeadm: {ClusterConfiguration: {useHyperKubeImage: true}}}");
    expect(made(hyper, "v1.21.14")).toContain("useHyperKubeImage: true");
    const joining = specOf("kubernetes: {kubeadm: {JoinConfiguration: {skipPhases: [preflight]}}}");
    expect(made(joining, "v1.20.2")).not.toContain("skipPhases");
  });
});

describe("what is ours stays ours", () => {
  const spec = specOf();
  const withKubeadm = (kubeadm: Partial<ClusterSpec["kubernetes"]["kubeadm"]>): ClusterSpec => ({
    ...spec,
    kubernetes: { ...spec.kubernetes, kubeadm: { ...spec.kubernetes.kubeadm, ...kubeadm } },
  });

  it.each<[string, Partial<ClusterSpec["kubernetes"]["kubeadm"]>, string]>([
    [
      "endpoint",
      { ClusterConfiguration: { controlPlaneEndpoint: "x:6443" } },
      "ClusterConfiguration.controlPlaneEndpoint",
    ],
    ["cgroup driver", { KubeletConfiguration: { cgroupDriver: "systemd" } }, "KubeletConfiguration.cgroupDriver"],
    ["token", { InitConfiguration: { bootstrapTokens: [] } }, "InitConfiguration.bootstrapTokens"],
    [
      "socket",
      { JoinConfiguration: { nodeRegistration: { criSocket: "x" } } },
      "JoinConfiguration.nodeRegistration.criSocket",
    ],
    [
      "node-ip as a map",
      { InitConfiguration: { nodeRegistration: { kubeletExtraArgs: { "node-ip": "1.2.3.4" } } } },
      "InitConfiguration.nodeRegistration.kubeletExtraArgs.node-ip",
    ],
    [
      "node-ip as a list",
      { JoinConfiguration: { nodeRegistration: { kubeletExtraArgs: [{ name: "node-ip", value: "1" }] } } },
      "JoinConfiguration.nodeRegistration.kubeletExtraArgs[0].name",
    ],
  ])("%s: refused with its path", (_name, kubeadm, path) => {
    const changed = withKubeadm(kubeadm);
    const topology = buildTopology(spec, identityOf(spec));
    const [node] = topology.nodes;
    if (node === undefined) throw new Error("no node");
    for (const make of [initConfig, joinConfig]) {
      let error: unknown;
      try {
        make({ topology, node, spec: changed });
      } catch (thrown) {
        error = thrown;
      }
      expect(error).toBeInstanceOf(AlpineK8sError);
      expect(error).toMatchObject({ kind: "usage" });
      expect(String(error)).toContain(`spec.kubernetes.kubeadm.${path}: cannot be set here: `);
    }
  });
});
