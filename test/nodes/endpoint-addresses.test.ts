import { describe, expect, test } from "vitest";
import type { FakeNode } from "./node.js";
import { kubeadmCalls } from "./node.js";
import { furtherVariables, minionVariables, sharedVariables } from "./node-input.js";
import { useNodes } from "./use-nodes.js";

const { fitNode } = useNodes();
const NAME = "api.demo.example.com";
const three = { ...sharedVariables, AK8S_ENDPOINT_ADDRESS: "10.250.250.2,10.250.250.3,10.250.250.4" };
const own = "127.0.0.1 localhost\n::1 localhost\n10.250.250.2 master1.example.com master1\n";
const lines = (...last: number[]): string => own + last.map((number) => `10.250.250.${number} ${NAME}\n`).join("");
const connections = (node: FakeNode): string[] => node.calls().filter((call) => call.includes(" nc "));

describe.each(["ash", "dash"] as const)("the hosts file under %s", (shell) => {
  test("has a line for each address of the endpoint, in their order, and stays as it is", async () => {
    const node = await fitNode(three);
    expect(node.read("/etc/hosts")).toBe(lines(2, 3, 4));
    const before = node.tree();
    const again = await node.run("shared", three, shell);
    expect(again.result.changed).toEqual([]);
    expect(again.conditions.get("hosts-endpoint")?.reason).toBe(`${NAME} is 10.250.250.2, 10.250.250.3, 10.250.250.4`);
    expect(node.tree()).toEqual(before);
  });

  test("grows with the cluster's masters, shrinks to one, and loses them all by reset.sh", async () => {
    const node = await fitNode();
    expect(node.read("/etc/hosts")).toBe(lines(2));
    const grown = await node.run("shared", three, shell);
    expect(grown.result.changed).toEqual(["hosts-endpoint"]);
    expect(node.read("/etc/hosts")).toBe(lines(2, 3, 4));
    const shrunk = await node.run("shared", { ...three, AK8S_ENDPOINT_ADDRESS: "10.250.250.4" }, shell);
    expect(shrunk.result.changed).toEqual(["hosts-endpoint"]);
    expect(node.read("/etc/hosts")).toBe(lines(4));
    await node.run("shared", three, shell);
    expect((await node.run("reset", sharedVariables, shell)).result.changed).toContain("hosts-endpoint");
    expect(node.read("/etc/hosts")).toBe(own);
  });
});

describe("the hosts file", () => {
  test.each([
    {
      what: "another order",
      hosts: lines(2, 4, 3),
      why: `/etc/hosts has ${NAME} at: 10.250.250.2 10.250.250.4 10.250.250.3, wanted in this order: 10.250.250.2 10.250.250.3 10.250.250.4`,
    },
    {
      what: "one that is missing",
      hosts: lines(2, 3),
      why: `/etc/hosts has ${NAME} at: 10.250.250.2 10.250.250.3, wanted in this order: 10.250.250.2 10.250.250.3 10.250.250.4`,
    },
    {
      what: "one twice",
      hosts: lines(2, 3, 3, 4),
      why: `/etc/hosts has ${NAME} at: 10.250.250.2 10.250.250.3 10.250.250.3 10.250.250.4, wanted in this order: 10.250.250.2 10.250.250.3 10.250.250.4`,
    },
    {
      what: "none at all",
      hosts: own,
      why: `/etc/hosts has ${NAME} at: nothing, wanted in this order: 10.250.250.2 10.250.250.3 10.250.250.4`,
    },
    {
      what: "a stranger",
      hosts: lines(2, 3, 4, 99),
      why: `/etc/hosts has '10.250.250.99 ${NAME}', wanted '10.250.250.2 ${NAME}', '10.250.250.3 ${NAME}', '10.250.250.4 ${NAME}'`,
    },
  ])("with $what is told in check mode and made right", async ({ hosts, why }) => {
    const node = await fitNode(three);
    node.write("/etc/hosts", hosts);
    const check = await node.run("shared", { ...three, AK8S_MODE: "check" });
    expect(check.conditions.get("hosts-endpoint")).toMatchObject({ state: "unmet", reason: why });
    expect(node.read("/etc/hosts")).toBe(hosts);
    const made = await node.run("shared", three);
    expect(made.result.changed).toEqual(["hosts-endpoint"]);
    expect(node.read("/etc/hosts")).toBe(lines(2, 3, 4));
  });

  test("keeps what else stands in a line with the name", async () => {
    const node = await fitNode(three);
    node.write("/etc/hosts", `${lines(4, 3)}10.9.9.9\tother.example.com ${NAME} # by hand\n# ${NAME}\n`);
    expect((await node.run("shared", three)).code).toBe(0);
    expect(node.read("/etc/hosts")).toBe(
      `${own}10.9.9.9 other.example.com\n# ${NAME}\n10.250.250.2 ${NAME}\n10.250.250.3 ${NAME}\n10.250.250.4 ${NAME}\n`,
    );
  });
});

describe.each([
  { name: "minion" as const, variables: minionVariables },
  { name: "master" as const, variables: furtherVariables },
])("a joining $name", ({ name, variables }) => {
  test("waits until any of the endpoint's addresses takes connections", async () => {
    const node = await fitNode({ ...three, AK8S_ROLE: name });
    node.fake("closed", "10.250.250.2\n10.250.250.3\n");
    const run = await node.run(name, variables);
    expect([run.code, run.stderr]).toEqual([0, ""]);
    expect(connections(node)).toEqual([2, 3, 4].map((last) => `timeout 5 nc -w 2 10.250.250.${last} 6443`));
  });

  test("names them all when none does: code 14, and kubeadm was not asked", async () => {
    const node = await fitNode({ ...three, AK8S_ROLE: name });
    node.fake("closed", "10.250.250.2\n10.250.250.3\n10.250.250.4\n");
    const run = await node.run(name, variables);
    expect(run.code).toBe(14);
    expect(run.stderr).toBe(
      `alpine-k8s: API: ${NAME}:6443 takes no connection after 1 s at any of 10.250.250.2 10.250.250.3 10.250.250.4; is a master up, and are its addresses right in /etc/hosts?\n`,
    );
    expect(kubeadmCalls(node)).toEqual([]);
  });
});

test("a joining minion whose hosts file does not know the endpoint asks for it by its name", async () => {
  const node = await fitNode({ ...sharedVariables, AK8S_ROLE: "minion" });
  node.write("/etc/hosts", own);
  expect((await node.run("minion", minionVariables)).code).toBe(0);
  expect(connections(node)).toEqual([`timeout 5 nc -w 2 ${NAME} 6443`]);
});
