import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { FakeNode } from "./node.js";
import { caFingerprint, masterVariables, minionVariables, otherHash, sharedVariables } from "./node-input.js";
import { useNodes } from "./use-nodes.js";

const { fitNode } = useNodes();
const NAME = "api.demo.example.com";
const ADDRESS = "10.250.250.9";
const POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: kube-vip}\n";
const FILE = "/etc/kubernetes/manifests/kube-vip.yaml";
const RECORD = "/etc/alpine-k8s/virtual-address";
const own = "127.0.0.1 localhost\n::1 localhost\n10.250.250.2 master1.example.com master1\n";
const lines = (...last: number[]): string => own + last.map((number) => `10.250.250.${number} ${NAME}\n`).join("");
const sumOf = (text: string): string => createHash("sha256").update(text).digest("hex");

const shared = { ...sharedVariables, AK8S_VIRTUAL_ADDRESS: ADDRESS };
const doing = (action: string, more: Readonly<Record<string, string>> = {}) => ({
  ...{ ...shared, AK8S_ACTION: action, AK8S_POD_B64: Buffer.from(POD).toString("base64") },
  ...more,
});
const carry = (node: FakeNode): string => node.sh(`ip addr add ${ADDRESS}/32 dev lo`);
const addresses = (node: FakeNode): string => node.sh("ip -o -4 addr show");

async function master(): Promise<FakeNode> {
  const node = await fitNode(shared);
  expect((await node.run("master", masterVariables)).code).toBe(0);
  node.forgetCalls();
  return node;
}

async function minion(): Promise<FakeNode> {
  const node = await fitNode(shared);
  expect((await node.run("minion", minionVariables)).code).toBe(0);
  return node;
}

describe.each(["ash", "dash"] as const)("virtual-address.sh under %s", (shell) => {
  test("puts the pod where the kubelet looks for it, once, and an other one in its place", async () => {
    const node = await master();
    const run = await node.run("virtual-address", doing("put"), shell);
    expect([run.code, run.stderr, run.result.changed]).toEqual([0, "", ["virtual-pod"]]);
    expect([node.read(FILE), node.mode(FILE), node.read(RECORD)]).toEqual([POD, 0o600, `${ADDRESS}\n`]);
    const before = node.tree();
    const again = await node.run("virtual-address", doing("put"), shell);
    expect(again.result).toMatchObject({ changed: [], present: ["virtual-pod"] });
    expect(node.tree()).toEqual(before);
    const other = `${POD}spec: {}\n`;
    await node.run("virtual-address", doing("put", { AK8S_POD_B64: Buffer.from(other).toString("base64") }), shell);
    expect(node.read(FILE)).toBe(other);
    expect(Object.keys(node.tree()).filter((path) => path.includes("ak8s"))).toEqual([]);
  });

  test("puts the address ahead of the masters, and shared.sh leaves it there while the masters change", async () => {
    const node = await minion();
    const run = await node.run("virtual-address", doing("use"), shell);
    expect([run.code, run.stderr, run.result.changed]).toEqual([0, "", ["hosts-endpoint"]]);
    expect(node.read("/etc/hosts")).toBe(lines(9, 2));
    expect((await node.run("virtual-address", doing("use"), shell)).result.present).toEqual(["hosts-endpoint"]);
    expect((await node.run("shared", shared, shell)).result.changed).toEqual([]);
    const three = { ...shared, AK8S_ENDPOINT_ADDRESS: "10.250.250.2,10.250.250.3" };
    expect((await node.run("shared", three, shell)).result.changed).toEqual(["hosts-endpoint"]);
    expect(node.read("/etc/hosts")).toBe(lines(9, 2, 3));
    // Nobody carries it any more.
    expect((await node.run("shared", sharedVariables, shell)).result.changed).toEqual(["hosts-endpoint"]);
    expect(node.read("/etc/hosts")).toBe(lines(2));
  });

  test("takes pod and address away, and does nothing the second time", async () => {
    const node = await master();
    await node.run("virtual-address", doing("put"), shell);
    const run = await node.run("virtual-address", doing("drop"), shell);
    expect([run.code, run.stderr, run.result.changed]).toEqual([0, "", ["virtual-pod"]]);
    expect([node.has(FILE), node.has(RECORD)]).toEqual([false, false]);
    expect((await node.run("virtual-address", doing("drop"), shell)).result).toMatchObject({
      changed: [],
      present: ["clean"],
    });
  });
});

describe("virtual-address.sh", () => {
  test("says whether the API answers at the address, and the words of kubectl when it does not", async () => {
    const node = await master();
    expect((await node.run("virtual-address", doing("ask"))).result).toMatchObject({
      ...{ present: ["virtual-address"], warnings: [] },
    });
    node.fake("silent-address");
    const { code, result } = await node.run("virtual-address", doing("ask"));
    expect(code).toBe(0);
    expect(result.present).toEqual([]);
    expect(result.warnings).toEqual([
      expect.stringMatching(/^virtual-address: the API does not answer at 10\.250\.250\.9 \(.*no route to host\)$/),
    ]);
  });

  test("leaves the hosts file of a node that does not reach the address: code 14", async () => {
    const node = await minion();
    node.fake("closed", `${ADDRESS}\n`);
    const run = await node.run("virtual-address", doing("use"));
    expect(run.code).toBe(14);
    expect(run.stderr).toBe(
      `alpine-k8s: virtual address: ${ADDRESS}:6443 takes no connection from this node; its hosts file stays as it was\n`,
    );
    expect(node.read("/etc/hosts")).toBe(lines(2));
  });

  test.each([
    ["a pod that was cut off", doing("put", { AK8S_POD_B64: "" }), 10, "AK8S_POD_B64: it is no pod, or was cut off"],
    ["an action that there is not", doing("fly"), 10, "AK8S_ACTION: it is 'fly', wanted put, ask, use or drop"],
    ["no address", doing("put", { AK8S_VIRTUAL_ADDRESS: "" }), 10, "AK8S_VIRTUAL_ADDRESS: it must be set"],
  ])("refuses %s, and changes nothing", async (_, variables, code, words) => {
    const node = await master();
    const before = node.tree();
    const run = await node.run("virtual-address", variables);
    expect([run.code, run.stderr]).toEqual([code, `alpine-k8s: ${words}\n`]);
    expect(node.tree()).toEqual(before);
  });

  test("refuses a minion and a node of another cluster", async () => {
    const node = await minion();
    const run = await node.run("virtual-address", doing("put"));
    expect([run.code, run.stderr]).toEqual([
      10,
      "alpine-k8s: role: this node is finished, role minion; only a finished master carries the address\n",
    ]);
    const foreign = await node.run("virtual-address", doing("drop", { AK8S_CA_HASH: otherHash }));
    expect(foreign.code).toBe(11);
  });

  test("takes the address off that the pod has left", async () => {
    const node = await master();
    await node.run("virtual-address", doing("put"));
    carry(node);
    const { result } = await node.run("virtual-address", doing("drop"));
    expect(result.changed).toEqual(["virtual-pod", "virtual-address"]);
    expect(addresses(node)).not.toContain(ADDRESS);
  });
});

test("shared.sh tells pod, card, holder and whether the node uses the address", async () => {
  const node = await master();
  const facts = async (variables = shared) => (await node.run("shared", { ...variables, AK8S_MODE: "check" })).facts;
  const told = async (variables = shared) => {
    const all = await facts(variables);
    return ["virtual_pod", "virtual_first", "virtual_here", "interface"].map((key) => all.get(key));
  };
  expect(await told()).toEqual([undefined, undefined, undefined, "lo"]);
  await node.run("virtual-address", doing("put"));
  await node.run("virtual-address", doing("use"));
  carry(node);
  expect(await told()).toEqual([sumOf(POD), "yes", "yes", "lo"]);
  expect(await told(sharedVariables as typeof shared)).toEqual([sumOf(POD), undefined, undefined, undefined]);
  node.sh(`rm ${FILE}`);
  expect((await facts()).get("virtual_pod")).toBe("removed");
});

test("reset.sh takes pod and address of a master away", async () => {
  const node = await master();
  await node.run("virtual-address", doing("put"));
  carry(node);
  const run = await node.run("reset", { ...shared, AK8S_CA_FINGERPRINT: caFingerprint });
  expect([run.code, run.stderr]).toEqual([0, ""]);
  expect(run.result.changed.slice(0, 2)).toEqual(["virtual-pod", "kubeadm-reset"]);
  expect(run.result.changed).toContain("virtual-address");
  expect(addresses(node)).not.toContain(ADDRESS);
  expect([node.has(FILE), node.has(RECORD)]).toEqual([false, false]);
});
