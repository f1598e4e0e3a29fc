import { readlinkSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { FakeNode } from "./node.js";
import { furtherVariables, masterVariables, minionVariables, sharedVariables } from "./node-input.js";
import { useNodes } from "./use-nodes.js";

const { fitNode, freshNode } = useNodes();

/** A certificate and its key, which here nobody reads. */
const pemOf = (word: string): string =>
  ["CERTIFICATE", "EC PRIVATE KEY"].map((kind) => `-----BEGIN ${kind}-----\n${word}\n-----END ${kind}-----\n`).join("");
const OLD = pemOf("b2xk");
const NEW = pemOf("bmV3");
const given = (pem: string) => ({ AK8S_SERVING_PEM_B64: Buffer.from(pem).toString("base64") });
const PKI = "/var/lib/kubelet/pki";

/** What the kubelet would read as its certificate and its key. */
const shown = (node: FakeNode): string[] =>
  ["crt", "key"].map((end) => node.read(`${PKI}/kubelet-serving.pem`) + link(node, end));
const link = (node: FakeNode, end: string): string => readlinkSync(`${node.root}${PKI}/kubelet.${end}`);
const both = (pem: string): string[] => ["crt", "key"].map(() => `${pem}kubelet-serving.pem`);

async function joined(shell: "ash" | "dash" = "ash", pem = OLD): Promise<FakeNode> {
  const node = await fitNode();
  expect((await node.run("minion", { ...minionVariables, ...given(pem) }, shell)).code).toBe(0);
  node.forgetCalls();
  return node;
}

const serving = { ...sharedVariables, AK8S_ROLE: "minion", ...given(NEW) };

describe.each(["ash", "dash"] as const)("under %s", (shell) => {
  test.each([
    { script: "master", variables: masterVariables },
    { script: "master", variables: furtherVariables },
    { script: "minion", variables: minionVariables },
  ] as const)("$script.sh puts the certificate where a new kubelet looks for it", async ({ script, variables }) => {
    const node = await fitNode();
    const run = await node.run(script, { ...variables, ...given(OLD) }, shell);
    expect([run.code, run.stderr]).toEqual([0, ""]);
    expect(shown(node)).toEqual(both(OLD));
    expect(node.mode(`${PKI}/kubelet-serving.pem`)).toBe(0o600);
    const before = node.tree();
    expect((await node.run(script, { ...variables, ...given(NEW) }, shell)).result.changed).toEqual([]);
    expect(node.tree()).toEqual(before);
    expect(run.stdout + JSON.stringify(node.calls())).not.toContain(given(OLD).AK8S_SERVING_PEM_B64);
  });

  test("serving.sh stops the kubelet, gives it the new one, and starts it", async () => {
    const node = await joined(shell);
    const run = await node.run("serving", serving, shell);
    expect([run.code, run.stderr]).toEqual([0, ""]);
    expect(run.result).toMatchObject({ script: "serving", changed: ["kubelet-certificate"] });
    expect(shown(node)).toEqual(both(NEW));
    expect(node.calls().filter((call) => /^rc-service kubelet (start|stop)/.test(call))).toEqual([
      "rc-service kubelet stop",
      "rc-service kubelet start",
    ]);
  });
});

describe("serving.sh", () => {
  test("replaces what the kubelet has made itself by links", async () => {
    const node = await fitNode();
    expect((await node.run("minion", minionVariables)).code).toBe(0);
    expect(node.has(`${PKI}/kubelet-serving.pem`)).toBe(false);
    node.write(`${PKI}/kubelet.crt`, "its own certificate\n");
    node.write(`${PKI}/kubelet.key`, "its own key\n", 0o600);
    expect((await node.run("serving", serving)).code).toBe(0);
    expect(shown(node)).toEqual(both(NEW));
  });

  test("cut off with its kubelet stopped is completed by the next run", async () => {
    const node = await joined();
    node.sh("rc-service kubelet stop");
    node.forgetCalls();
    expect((await node.run("serving", serving)).code).toBe(0);
    expect(node.has("/run/openrc/started/kubelet")).toBe(true);
    expect(shown(node)).toEqual(both(NEW));
  });

  test("a kubelet that is not healthy with it: code 16, and its words", async () => {
    const node = await joined();
    node.fake("no-start-kubelet");
    const run = await node.run("serving", { ...serving, AK8S_KUBELET_WAIT: "1" });
    expect(run.code).toBe(16);
    expect(run.stderr).toMatch(/^alpine-k8s: kubelet: it has its new certificate and is not healthy: service stopped/);
  });

  test.each([
    {
      what: "a node that has not joined",
      variables: serving,
      words: "this node is clean, role none; only one that has joined gets",
    },
    { what: "no certificate", variables: { ...serving, AK8S_SERVING_PEM_B64: "" }, words: "must be set" },
  ])("refuses $what and changes nothing", async ({ variables, words }) => {
    const node = await freshNode();
    const before = node.tree();
    const run = await node.run("serving", variables);
    expect([run.code, run.stderr]).toEqual([10, expect.stringContaining(words)]);
    expect(node.tree()).toEqual(before);
  });

  test("refuses what was cut off on the way, and leaves the kubelet with what it has", async () => {
    const node = await joined();
    const run = await node.run("serving", { ...serving, ...given(NEW.slice(0, -40)) });
    expect([run.code, run.stderr]).toEqual([10, expect.stringContaining("was cut off")]);
    expect(shown(node)).toEqual(both(OLD));
  });

  test("a power failure between the two links keeps no kubelet from starting", async () => {
    const node = await joined();
    node.remove(`${PKI}/kubelet.crt`);
    node.write(`${PKI}/kubelet.crt`, "its own certificate\n");
    expect((await node.run("minion", minionVariables)).code).toBe(0);
    expect([node.has(`${PKI}/kubelet.crt`), node.has(`${PKI}/kubelet.key`)]).toEqual([false, false]);
  });

  test("a join that did not end is done anew with it", async () => {
    const node = await fitNode();
    node.write("/etc/alpine-k8s/join.started", `${minionVariables["AK8S_CA_HASH"] ?? ""}\n`);
    expect((await node.run("minion", { ...minionVariables, ...given(NEW) })).code).toBe(0);
    expect(shown(node)).toEqual(both(NEW));
  });

  test("reset.sh leaves nothing of it", async () => {
    const node = await joined();
    expect((await node.run("reset", { ...sharedVariables, AK8S_ROLE: "minion" })).code).toBe(0);
    for (const name of ["kubelet.crt", "kubelet.key", "kubelet-serving.pem"])
      expect(node.has(`${PKI}/${name}`)).toBe(false);
  });
});
