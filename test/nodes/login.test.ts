import { statSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { certsVariables, makeLivingMaster } from "./living-master.js";
import type { FakeNode } from "./node.js";
import { furtherVariables, masterVariables, minionVariables, sharedVariables } from "./node-input.js";
import { useNodes } from "./use-nodes.js";

const { fitNode, freshNode } = useNodes();
const CONFIG = "/home/vagrant/.kube/config";
const ADMIN = "/etc/kubernetes/admin.conf";

/** As sudo tells who has become root. */
const asVagrant = (variables: Readonly<Record<string, string>>) => ({ ...variables, SUDO_USER: "vagrant" });

async function withHome(node: Promise<FakeNode>): Promise<FakeNode> {
  const made = await node;
  made.write("/home/vagrant/.profile", "");
  return made;
}

const owner = (node: FakeNode, path: string): number => statSync(`${node.root}${path}`).uid;

describe("whoever logs in to a master", () => {
  test.each([
    { which: "the first", variables: masterVariables },
    { which: "a further", variables: furtherVariables },
  ])("has kubeadm's admin.conf as ~/.kube/config of their own on $which one", async ({ variables }) => {
    const node = await withHome(fitNode());
    const run = await node.run("master", asVagrant(variables));
    expect([run.code, run.stderr]).toEqual([0, ""]);
    expect(run.result.changed).toContain("login-config");
    expect(node.read(CONFIG)).toBe(node.read(ADMIN));
    expect([node.mode(CONFIG), node.mode("/home/vagrant/.kube")]).toEqual([0o600, 0o700]);
    expect([owner(node, CONFIG), owner(node, "/home/vagrant/.kube")]).toEqual([1000, 1000]);
    const before = node.tree();
    expect((await node.run("master", asVagrant(variables))).result.changed).toEqual([]);
    expect(node.tree()).toEqual(before);
  });

  test("gets the renewed one, unless they have changed theirs", async () => {
    const node = await makeLivingMaster(await withHome(freshNode()));
    expect((await node.run("master", asVagrant(masterVariables))).code).toBe(0);
    expect((await node.run("certs", asVagrant(certsVariables))).code).toBe(0);
    expect(node.read(ADMIN)).toMatch(/^renewed/);
    expect(node.read(CONFIG)).toBe(node.read(ADMIN));
    node.write(CONFIG, "mine\n");
    expect((await node.run("certs", asVagrant(certsVariables))).code).toBe(0);
    expect(node.read(CONFIG)).toBe("mine\n");
  });

  test("keeps a file, or a link, that was there before", async () => {
    const node = await withHome(fitNode());
    node.write(CONFIG, "mine\n");
    expect((await node.run("master", asVagrant(masterVariables))).result.changed).not.toContain("login-config");
    expect(node.read(CONFIG)).toBe("mine\n");
  });

  test("has none on a minion, and none after a reset", async () => {
    const node = await withHome(fitNode());
    expect((await node.run("minion", asVagrant(minionVariables))).code).toBe(0);
    expect(node.has(CONFIG)).toBe(false);
    const master = await withHome(fitNode());
    expect((await master.run("master", asVagrant(masterVariables))).code).toBe(0);
    expect((await master.run("reset", asVagrant(sharedVariables))).code).toBe(0);
    expect([master.has(CONFIG), master.has("/etc/alpine-k8s/login-config")]).toEqual([false, false]);
  });

  test("a home that cannot be written is a warning, and the master is made", async () => {
    const node = await withHome(fitNode());
    node.write("/home/vagrant/.kube", "no folder\n");
    const run = await node.run("master", asVagrant(masterVariables));
    expect(run.code).toBe(0);
    expect(run.result.warnings).toEqual([`login-config: ${CONFIG} cannot be written, so kubectl has no cluster there`]);
  });
});
