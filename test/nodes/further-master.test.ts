import { readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { FakeNode } from "./node.js";
import { kubeadmCalls } from "./node.js";
import { caHash, furtherVariables, sharedPki, sharedVariables } from "./node-input.js";
import { runPrograms } from "./living-master.js";
import { JOIN, joinedMaster, RESET } from "./joined-master.js";
import { useNodes } from "./use-nodes.js";

const { freshNode, fitNode } = useNodes();
const leftovers = (node: FakeNode): string[] =>
  readdirSync(`${node.root}/run`).filter((name) => name.startsWith("alpine-k8s"));
const furtherMaster = (): Promise<FakeNode> => joinedMaster(fitNode());

describe.each(["ash", "dash"] as const)("under %s", (shell) => {
  test("master.sh joins a further master once; the second run changes nothing and says so", async () => {
    const node = await fitNode();
    node.write("/etc/alpine-k8s/network.yaml", "kind: DaemonSet\n");
    const variables = {
      ...furtherVariables,
      AK8S_NETWORK_MANIFEST: "/etc/alpine-k8s/network.yaml",
      AK8S_ENSURE_TOKEN: "1",
    };
    const first = await node.run("master", variables, shell);
    expect(first.stderr).toBe("");
    expect(first.code).toBe(0);
    expect(first.result).toMatchObject({ script: "master", changed: ["kubelet-enabled", "join"], failed: [] });
    expect(kubeadmCalls(node)).toEqual([JOIN]);
    for (const [name, text] of Object.entries(sharedPki)) {
      expect(node.read(`/etc/kubernetes/pki/${name}`)).toBe(text);
      expect(node.mode(`/etc/kubernetes/pki/${name}`)).toBe(name.endsWith(".crt") ? 0o644 : 0o600);
    }
    expect(node.mode("/etc/kubernetes/pki")).toBe(0o700);
    expect(node.read("/etc/alpine-k8s/join-master.finished")).toBe(`${caHash}\n`);
    expect(leftovers(node)).toEqual([]);
    expect(node.calls().filter((call) => /apply|secret/.test(call))).toEqual([]);

    const before = node.tree();
    node.forgetCalls();
    const second = await node.run("master", variables, shell);
    expect(second.code).toBe(0);
    expect(second.result).toMatchObject({ changed: [], present: ["kubelet", "join"] });
    expect(node.tree()).toEqual(before);
    expect(kubeadmCalls(node)).toEqual([]);
    expect(node.calls().filter((call) => /rc-update|rc-service kubelet (start|stop)|apply|secret/.test(call))).toEqual(
      [],
    );

    const check = await node.run("shared", { ...sharedVariables, AK8S_MODE: "check" }, shell);
    expect(Object.fromEntries(check.facts)).toMatchObject({
      role: "master",
      state: "finished",
      api: "ok",
    });
    expect((await node.run("shared", sharedVariables, shell)).result.changed).toEqual([]);
    expect(node.tree()).toEqual(before);
  });
});

describe("failures", () => {
  test("ended in the middle leaves no secret in memory, and is done anew", async () => {
    const node = await fitNode();
    node.fake("hang");
    const { pid, finished } = node.launch("master", furtherVariables);
    while (!node.has("/fake/hanging")) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(leftovers(node)).toHaveLength(1);
    process.kill(-pid, "SIGTERM");
    const run = await finished;
    expect(run.result.failed).toEqual(["master.sh: ended early with code 143"]);
    expect(leftovers(node)).toEqual([]);
    expect(node.sh("ps | grep '[k]ubeadm.yaml' || echo none")).toBe("none\n");
    node.remove("/fake/hang");
    const again = await node.run("master", furtherVariables);
    expect([again.code, again.stderr]).toEqual([0, ""]);
    expect(again.result.changed).toEqual(["reset", "kubelet-enabled", "join"]);
  });

  test("killed in the middle: the unpacked certificates go with the next run", async () => {
    const node = await fitNode();
    node.fake("hang");
    const { pid, finished } = node.launch("master", furtherVariables);
    while (!node.has("/fake/hanging")) await new Promise((resolve) => setTimeout(resolve, 10));
    process.kill(-pid, "SIGKILL");
    await expect(finished).rejects.toThrow("the last line is no result");
    expect(node.has(`/run/${leftovers(node)[0] ?? ""}/pki/etcd/ca.key`)).toBe(true);
    node.sh("kill $(pidof sleep) 2>/dev/null || :");
    await node.run("shared", { AK8S_MODE: "check" });
    expect(leftovers(node)).toEqual([]);
  });

  test("a name that the cluster still believes to be ready is tried again, with all certificates", async () => {
    const node = await fitNode();
    node.fake("name-taken");
    const run = await node.run("master", furtherVariables);
    expect([run.code, run.stderr]).toEqual([0, ""]);
    expect(kubeadmCalls(node)).toEqual([JOIN, RESET, JOIN]);
  });

  test("a kubelet that does not come up: code 17 with its log", async () => {
    const node = await fitNode();
    node.fake("kubelet-sick");
    const run = await node.run("master", furtherVariables);
    expect(run.code).toBe(17);
    expect(run.stderr).toContain("failed to run Kubelet: no space left");
  });

  test("an endpoint that takes no connection: code 14, and kubeadm was not asked", async () => {
    const node = await fitNode();
    node.fake("api-down");
    const run = await node.run("master", furtherVariables);
    expect(run.code).toBe(14);
    expect(run.stderr).toContain("api.demo.example.com:6443 takes no connection after 1 s; is the master up,");
    expect(node.has("/etc/alpine-k8s/join-master.started")).toBe(false);
    expect(node.has("/etc/kubernetes/pki")).toBe(false);
  });

  test("an API of its own that does not answer after the join: code 14, and the master counts as finished", async () => {
    const node = await fitNode();
    node.fake("own-api-down");
    const run = await node.run("master", furtherVariables);
    expect(run.code).toBe(14);
    expect(run.stderr).toContain("kubeadm join has ended well, and the API did not answer within 1 s");
    expect(node.has("/etc/alpine-k8s/join-master.finished")).toBe(true);
  });

  test("no kubeadm: code 12", async () => {
    const node = await freshNode();
    node.remove("/fake/bin/kubeadm");
    expect((await node.run("master", furtherVariables)).code).toBe(12);
  });
});

describe("the other scripts", () => {
  test("reset.sh takes a further master out, with its data and markers", async () => {
    const node = await furtherMaster();
    const run = await node.run("reset", sharedVariables);
    expect([run.code, run.stderr]).toEqual([0, ""]);
    expect(run.result.changed).toContain("markers");
    expect(readdirSync(`${node.root}/etc/alpine-k8s`)).toEqual([]);
    expect(node.has("/var/lib/etcd")).toBe(false);
    expect((await node.run("reset", sharedVariables)).result).toMatchObject({ changed: [], present: ["clean"] });
  });

  test("a reset that is cut off leaves it finished: nothing but a reset may take its data", async () => {
    const node = await furtherMaster();
    node.write("/fake/bin/kubeadm", "#!/bin/sh\nkill -KILL $PPID\n", 0o755);
    await expect(node.run("reset", sharedVariables)).rejects.toThrow("the last line is no result");
    expect(node.has("/etc/alpine-k8s/join-master.finished")).toBe(true);
  });

  test("certs.sh renews on a further master", async () => {
    const node = await furtherMaster();
    runPrograms(node);
    const run = await node.run("certs", { ...sharedVariables, AK8S_KUBELET_WAIT: "5", AK8S_API_WAIT: "3" });
    expect([run.code, run.stderr]).toEqual([0, ""]);
    expect(run.result.changed).toEqual(["certificates", "kube-controller-manager", "kube-scheduler"]);
  });
});
