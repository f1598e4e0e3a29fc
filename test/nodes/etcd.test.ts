import { expect, test } from "vitest";
import { JOIN } from "./joined-master.js";
import { kubeadmCalls } from "./node.js";
import { furtherVariables, masterVariables } from "./node-input.js";
import { useNodes } from "./use-nodes.js";

const { fitNode } = useNodes();
const INIT = "kubeadm init --v=1 --config /run/alpine-k8s.N/kubeadm.yaml --skip-token-print";
const PATCHES = "--experimental-patches=/run/alpine-k8s.N/patches";

test.each([
  { version: "v1.20.2", what: "init", variables: masterVariables, calls: [`${INIT} ${PATCHES}`] },
  { version: "v1.21.14+vendor", what: "join", variables: furtherVariables, calls: [`${JOIN} ${PATCHES}`] },
  { version: "v1.22.0", what: "init", variables: masterVariables, calls: [INIT] },
  { version: "v1.36.1", what: "join", variables: furtherVariables, calls: [JOIN] },
])("kubeadm $version, $what: etcd asks for no ephemeral storage", async ({ version, variables, calls }) => {
  const node = await fitNode();
  node.fake("version", `${version}\n`);
  const run = await node.run("master", { ...variables, AK8S_KUBERNETES_VERSION: version });
  expect([run.code, run.stderr]).toEqual([0, ""]);
  expect(kubeadmCalls(node)).toEqual(calls);
  expect(node.has("/fake/etcd-patch")).toBe(calls.join().includes(PATCHES));
  if (node.has("/fake/etcd-patch")) {
    expect(node.read("/fake/etcd-patch")).toBe(
      "spec:\n  containers:\n    - name: etcd\n      resources: { requests: { ephemeral-storage: null } }\n",
    );
  }
});

test("as soon as etcd counts a new master its manifest is on the disk, while kubeadm still waits", async () => {
  const node = await fitNode();
  node.fake("hang");
  const { pid, finished } = node.launch("master", furtherVariables);
  const joining = (): string => /kubeadm join[^]*/.exec(node.calls().join("\n"))?.[0] ?? "";
  await expect.poll(() => node.has("/fake/hanging") && /^sync$/m.test(joining()), { timeout: 20_000 }).toBe(true);
  process.kill(-pid, "SIGTERM");
  expect((await finished).result.failed).toEqual(["master.sh: ended early with code 143"]);
});
