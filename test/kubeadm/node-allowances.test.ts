import { describe, expect, it } from "vitest";
import { sharedVariables } from "../../src/alpine/variables.js";
import { ignoredPreflightErrors } from "../../src/model/kubeadm/node-allowances.js";
import type { ClusterSpec } from "../../src/model/spec/cluster-spec.js";
import { buildTopology } from "../../src/model/topology/build-topology.js";
import { identityOf, specOf } from "../topology/made.js";

function variablesOf(spec: ClusterSpec) {
  const topology = buildTopology(spec, identityOf(spec, { kubernetesVersion: "v1.36.1" }));
  const [node] = topology.nodes;
  if (node === undefined) throw new Error("no node");
  return sharedVariables({ topology, spec, node, caFingerprint: "" });
}

const kubelet = (fields: string, more = "") =>
  specOf(`kubernetes: {${more}kubeadm: {KubeletConfiguration: {${fields}}}}`);

describe("what the spec's KubeletConfiguration allows, the nodes follow", () => {
  it("cgroups of version 1, for which kubeadm demands that SystemVerification is ignored", () => {
    expect(variablesOf(kubelet("failCgroupV1: false"))).toMatchObject({
      AK8S_ALLOW_CGROUP_V1: "1",
      AK8S_IGNORE_PREFLIGHT: "SystemVerification",
    });
  });

  it("no single check beside all, which kubeadm refuses", () => {
    expect(ignoredPreflightErrors(kubelet("failSwapOn: false", "ignorePreflightErrors: [all], "))).toEqual(["all"]);
  });

  it("swap, beside the checks that the spec names, each once", () => {
    const spec = kubelet("failSwapOn: false", "ignorePreflightErrors: [Mem, Swap], ");
    expect(ignoredPreflightErrors(spec)).toEqual(["Mem", "Swap"]);
    expect(variablesOf(kubelet("failSwapOn: false")).AK8S_IGNORE_PREFLIGHT).toBe("Swap");
  });

  it("a file of name servers for pods", () => {
    expect(variablesOf(kubelet("resolvConf: /etc/resolv-of-pods.conf")).AK8S_RESOLV_CONF).toBe(
      "/etc/resolv-of-pods.conf",
    );
    expect(variablesOf(kubelet("resolvConf: ''"))).not.toHaveProperty("AK8S_RESOLV_CONF");
  });

  it.each(["", "failCgroupV1: true, failSwapOn: true"])("nothing more with {%s}", (fields) => {
    const variables = variablesOf(kubelet(fields));
    expect(variables.AK8S_IGNORE_PREFLIGHT).toBe("");
    expect(variables).not.toHaveProperty("AK8S_ALLOW_CGROUP_V1");
  });
});
