import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { fitCanal } from "../addons/fit-canal.js";
import { splitDocuments } from "../../src/addons/documents.js";
import { parseManifest } from "../../src/addons/manifest.js";
import type { KubeObject } from "../../src/kube/kube-object.js";
import { checkOwnManifest } from "../../src/addons/own-manifest.js";
import { workloadsIn } from "../../src/addons/workloads.js";
import { workloadsAvailable } from "../../src/kube/conditions.js";

const source = "practice/network.yaml";
const text = readFileSync(new URL("../../practice/network.yaml", import.meta.url), "utf8");
const patch = {
  podSubnet: "10.32.0.0/12",
  apiHost: "api.demo.example.com",
  interfaces: "^10\\.250\\.250\\.",
};

interface Variable {
  readonly name: string;
  readonly value?: string;
}

interface Container {
  readonly name: string;
  readonly image: string;
  readonly imagePullPolicy: string;
  readonly env: readonly Variable[];
}

interface Pod {
  readonly hostNetwork?: boolean;
  readonly initContainers?: readonly Container[];
  readonly containers: readonly Container[];
}

function objectOf(manifest: string, kind: string, name: string): KubeObject {
  const found = parseManifest(manifest, source).find((one) => one.kind === kind && one.metadata.name === name);
  if (!found) throw new Error(`${source} has no ${kind} ${name}`);
  return found;
}

function podOf(manifest: string, kind: string, name: string): Pod {
  return (objectOf(manifest, kind, name)["spec"] as { template: { spec: Pod } }).template.spec;
}

function dataOf(manifest: string): Readonly<Record<string, string>> {
  return objectOf(manifest, "ConfigMap", "canal-config")["data"] as Record<string, string>;
}

/** Where the containers ask the API. */
const API = [
  { name: "KUBERNETES_SERVICE_HOST", value: patch.apiHost },
  { name: "KUBERNETES_SERVICE_PORT", value: "6443" },
];

describe("the practice cluster's network", () => {
  const patched = fitCanal(text, patch);

  it("takes the cluster's pod network as Canal does", () => {
    expect(JSON.parse(dataOf(patched)["net-conf.json"] ?? "")).toEqual({
      Network: "10.32.0.0/12",
      Backend: { Type: "host-gw" },
    });
    const { "net-conf.json": before, ...others } = dataOf(text);
    expect(before).toContain('"Network": "10.244.0.0/16"');
    expect(dataOf(patched)).toMatchObject(others);
  });

  it("takes the pattern for the interface in kube-flannel, beside what was there", () => {
    const envOf = (manifest: string, container: string): readonly Variable[] =>
      podOf(manifest, "DaemonSet", "canal").containers.find(({ name }) => name === container)?.env ?? [];
    expect(envOf(text, "kube-flannel").map(({ name }) => name)).toEqual([
      "POD_NAME",
      "POD_NAMESPACE",
      "FLANNELD_IFACE",
      "FLANNELD_IP_MASQ",
    ]);
    expect(envOf(patched, "kube-flannel")).toEqual([
      ...envOf(text, "kube-flannel"),
      { name: "FLANNELD_IFACE_REGEX", value: patch.interfaces },
      ...API,
    ]);
    for (const { env } of podOf(patched, "DaemonSet", "canal").initContainers ?? [])
      expect(env).toEqual(expect.arrayContaining(API));
    expect(envOf(patched, "calico-node")).toEqual([...envOf(text, "calico-node"), ...API]);
  });

  it("keeps all other documents byte for byte, and is patched once only", () => {
    const after = splitDocuments(patched);
    const changed = splitDocuments(text).filter((part, index) => part !== after[index]);
    expect(changed.map((part) => /^kind: (.*)$/m.exec(part)?.[1])).toEqual(["ConfigMap", "DaemonSet"]);
    expect(fitCanal(patched, patch)).toBe(patched);
  });

  it("is waited for by Canal's workloads", () => {
    const canal = { apiVersion: "apps/v1", kind: "DaemonSet", namespace: "kube-system", name: "canal" };
    const controllers = { ...canal, kind: "Deployment", name: "calico-kube-controllers" };
    expect(workloadsIn(patched, source)).toEqual([canal, controllers]);
    expect(workloadsAvailable(workloadsIn(patched, source), [])).toBe(
      "DaemonSet kube-system/canal does not exist; Deployment kube-system/calico-kube-controllers does not exist",
    );
  });

  it("counts as a network of the user's own, too", () => {
    expect(checkOwnManifest(text, { podSubnet: "10.244.0.0/16", source })).toEqual([]);
    expect(checkOwnManifest(text, { podSubnet: "10.32.0.0/12", source })).toEqual([
      `${source} carries the pod network 10.244.0.0/16, the cluster's is 10.32.0.0/12; it is applied as it is`,
    ]);
  });

  it("has Canal's containers, all of one image that no node pulls anew", () => {
    const canal = podOf(text, "DaemonSet", "canal");
    const controllers = podOf(text, "Deployment", "calico-kube-controllers");
    expect([canal.hostNetwork, controllers.hostNetwork]).toEqual([true, undefined]);
    expect(canal.initContainers?.map(({ name }) => name)).toEqual(["install-cni", "mount-bpffs"]);
    expect(canal.containers.map(({ name }) => name)).toEqual(["calico-node", "kube-flannel"]);
    const all = [...(canal.initContainers ?? []), ...canal.containers, ...controllers.containers];
    expect(new Set(all.map(({ image, imagePullPolicy }) => `${image} ${imagePullPolicy}`))).toEqual(
      new Set(["docker.io/practice/network:1 IfNotPresent"]),
    );
  });

  it("writes a CNI file that runs the plugin which waits for the agent", () => {
    const list = JSON.parse(dataOf(text)["cni_network_config"] ?? "") as { plugins: readonly { type: string }[] };
    expect(list.plugins.map(({ type }) => type)).toEqual(["flannel", "portmap"]);
  });

  it("asks for nothing that Kubernetes 1.20 lacks or a newer one has dropped", () => {
    expect(new Set(parseManifest(text, source).map(({ apiVersion, kind }) => `${apiVersion} ${kind}`))).toEqual(
      new Set([
        "v1 ServiceAccount",
        "v1 ConfigMap",
        "apiextensions.k8s.io/v1 CustomResourceDefinition",
        "rbac.authorization.k8s.io/v1 ClusterRole",
        "rbac.authorization.k8s.io/v1 ClusterRoleBinding",
        "apps/v1 DaemonSet",
        "apps/v1 Deployment",
      ]),
    );
  });
});
