import { describe, expect, test } from "vitest";
import type { FakeNode } from "./node.js";
import { masterVariables } from "./node-input.js";
import { useNodes } from "./use-nodes.js";

const { fitNode } = useNodes();
const NETWORK = "/etc/alpine-k8s/network.yaml";
const ADDONS = "/etc/alpine-k8s/addons.yaml";
const variables = {
  ...masterVariables,
  ...{ AK8S_NETWORK_MANIFEST: NETWORK, AK8S_ADDONS_MANIFEST: ADDONS, AK8S_API_WAIT: "5" },
};

async function nodeWith(addons: string): Promise<FakeNode> {
  const node = await fitNode();
  node.write(NETWORK, "the network\n");
  node.write(ADDONS, addons);
  return node;
}

const applies = (node: FakeNode): string[] => node.calls().filter((call) => call.includes("addons.yaml"));

describe("add-ons besides the network, for plain Vagrant", () => {
  test("are applied after it, once; changed ones again", async () => {
    const node = await nodeWith("one\n");
    const first = await node.run("master", variables);
    expect([first.code, first.stderr]).toEqual([0, ""]);
    expect(first.result.changed.at(-1)).toBe("add-ons");
    expect(node.read("/fake/applied")).toBe("the network\none\n");
    expect((await node.run("master", variables)).result.present).toContain("add-ons");
    node.write(ADDONS, "two\n");
    expect((await node.run("master", variables)).result.changed).toEqual(["add-ons"]);
    expect(node.read("/fake/applied")).toBe("the network\none\ntwo\n");
  });

  test("that the API refuses: code 18, with kubectl's words", async () => {
    const node = await nodeWith("one\n");
    expect((await node.run("master", { ...variables, AK8S_ADDONS_MANIFEST: "" })).code).toBe(0);
    node.fake("refusal", "error: no objects passed to apply\n");
    const run = await node.run("master", variables);
    expect([run.code, run.result.failed]).toEqual([
      18,
      ["add-ons: the API refuses the manifest: error: no objects passed to apply"],
    ]);
    expect(node.has("/etc/alpine-k8s/addons.sha256")).toBe(false);
  });

  test.each([
    ["v1.20.2", "kind: APIService\n", "apply -f"],
    ["v1.20.2", "kind: Deployment\n", "apply --server-side"],
    ["v1.36.1", "kind: APIService\n", "apply --server-side"],
  ])("with Kubernetes %s and %s come by kubectl %s", async (version, addons, how) => {
    const node = await nodeWith(addons);
    node.fake("version", `${version}\n`);
    const run = await node.run("master", { ...variables, AK8S_KUBERNETES_VERSION: version });
    expect(run.code).toBe(0);
    expect(applies(node)).toEqual([expect.stringContaining(` ${how}`)]);
  });
});
