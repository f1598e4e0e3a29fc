import { describe, expect, test } from "vitest";
import { kubeadmCalls, type FakeNode } from "./node.js";
import { masterVariables } from "./node-input.js";
import { useNodes } from "./use-nodes.js";

const { fitNode } = useNodes();

const MANIFEST = "/etc/alpine-k8s/network.yaml";
const REST = "/etc/alpine-k8s/network.rest";
const FIRST = "kind: DaemonSet\n";
const LATER = "---\nkind: Deployment\n";
const manifest = (awaited: string): string => `${FIRST}# alpine-k8s: the rest waits for ${awaited}\n${LATER}`;
const variables = { ...masterVariables, AK8S_NETWORK_MANIFEST: MANIFEST, AK8S_API_WAIT: "20" };
const INIT = "kubeadm init --v=1 --config /run/alpine-k8s.N/kubeadm.yaml --skip-token-print";
const DNS = "kubeadm init --v=1 phase addon coredns --config /run/alpine-k8s.N/kubeadm.yaml";

async function nodeWith(awaited: string): Promise<FakeNode> {
  const node = await fitNode();
  node.write(MANIFEST, manifest(awaited));
  node.fake("nodes", "master1.example.com|False|\n");
  node.fake("rollout", "Waiting for daemon set\n");
  node.fake("serves");
  return node;
}

describe("what waits for the network", () => {
  test.each(["flannel", "net/agent"])(
    "the network is applied while kubeadm goes on, the rest behind %s",
    async (awaited) => {
      const node = await nodeWith(awaited);
      const run = await node.run("master", variables);
      expect(run.stderr).toBe("");
      expect(run.code).toBe(0);
      expect(run.result.changed).toEqual(["kubelet-enabled", "init", "network", "dns"]);
      expect(node.read("/fake/applied")).toBe(FIRST + LATER);
      expect(kubeadmCalls(node)).toEqual([`${INIT} --skip-phases=addon/coredns`, DNS]);
      expect(node.has(REST)).toBe(false);

      node.forgetCalls();
      const again = await node.run("master", variables);
      expect([again.code, again.result.changed]).toEqual([0, []]);
      expect(again.result.present).toEqual(["kubelet", "init", "network", "dns"]);
      expect(kubeadmCalls(node)).toEqual([]);
    },
  );

  test("it is left to another run on demand; the facts say so", async () => {
    const node = await nodeWith("flannel");
    const first = await node.run("master", { ...variables, AK8S_NETWORK_WAIT: "0" });
    expect(first.result.changed).toEqual(["kubelet-enabled", "init", "network"]);
    expect(node.read("/fake/applied")).toBe(FIRST);
    const rest = async (): Promise<string | undefined> =>
      (await node.run("shared", { AK8S_MODE: "check" })).facts.get("network_rest");
    expect(await rest()).toBe("pending");

    const second = await node.run("master", variables);
    expect([second.code, second.result.changed]).toEqual([0, ["dns"]]);
    expect(node.read("/fake/applied")).toBe(FIRST + LATER);
    expect(await rest()).toBe("none");
  });

  test("so is the wait for the kubelet that kubeadm has just restarted: joins need not wait for it", async () => {
    const node = await nodeWith("flannel");
    node.fake("sick-afterwards");
    const waits = { ...variables, AK8S_KUBELET_WAIT: "2" };
    const first = await node.run("master", { ...waits, AK8S_NETWORK_WAIT: "0" });
    expect([first.code, first.result.changed]).toEqual([0, ["kubelet-enabled", "init", "network"]]);
    const second = await node.run("master", waits);
    expect(second.code).toBe(16);
    expect(second.stderr).toContain("kubelet is not healthy");
    node.remove("/fake/kubelet-sick");
    expect((await node.run("master", waits)).result.changed).toEqual(["dns"]);
  });

  test("an API that is away for a moment does not end it", async () => {
    const node = await nodeWith("flannel");
    node.fake("dns-fails-once");
    const run = await node.run("master", variables);
    expect([run.code, run.result.failed]).toEqual([0, []]);
    expect(kubeadmCalls(node).filter((call) => call === DNS)).toHaveLength(2);
  });

  test("a network that is never ready is waited for as long as said, then the rest comes", async () => {
    const node = await nodeWith("flannel");
    node.fake("nodes", "");
    const run = await node.run("master", { ...variables, AK8S_NETWORK_WAIT: "1" });
    expect(run.result.changed).toContain("dns");
  });

  test("without the line that divides, kubeadm brings CoreDNS itself", async () => {
    const node = await fitNode();
    node.write(MANIFEST, FIRST);
    const run = await node.run("master", variables);
    expect([run.code, run.result.present]).toEqual([0, ["dns"]]);
    expect(kubeadmCalls(node)).toEqual([INIT]);
    expect(node.has(REST)).toBe(false);
  });

  test("nor does a user's own list of phases to skip get lost", async () => {
    const node = await fitNode();
    node.write(MANIFEST, manifest("flannel"));
    const config = Buffer.from(masterVariables["AK8S_KUBEADM_CONFIG_B64"] ?? "", "base64").toString();
    const own = Buffer.from(`${config}skipPhases: [addon/kube-proxy]\n`).toString("base64");
    const run = await node.run("master", { ...variables, AK8S_KUBEADM_CONFIG_B64: own });
    expect([run.code, kubeadmCalls(node)]).toEqual([0, [INIT]]);
  });
});
