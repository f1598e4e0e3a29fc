import { describe, expect, test } from "vitest";
import type { FakeNode } from "./node.js";
import { kubeadmCalls } from "./node.js";
import { caHash, caPem, masterVariables, minionVariables, sharedVariables } from "./node-input.js";
import { useNodes } from "./use-nodes.js";

const { freshNode } = useNodes();

async function finished(role: "master" | "minion"): Promise<FakeNode> {
  const node = await freshNode();
  await node.run("shared", { ...sharedVariables, AK8S_ROLE: role });
  const variables = role === "master" ? masterVariables : minionVariables;
  expect((await node.run(role, variables)).code).toBe(0);
  node.forgetCalls();
  return node;
}

describe("after a reboot", () => {
  test.each(["master", "minion"] as const)("a %s comes back without kubeadm", async (role) => {
    const node = await finished(role);
    // Files in memory are gone, services of OpenRC are down, and somebody has removed the kubelet from the runlevel.
    node.sh("rm -rf /run/openrc /run/containerd /run/alpine-k8s.*; mkdir -p /run/openrc/started");
    node.remove("/etc/runlevels/default/kubelet");
    const shared = await node.run("shared", { ...sharedVariables, AK8S_ROLE: role });
    expect(shared.code).toBe(0);
    expect(shared.conditions.get("runtime")?.state).toBe("fixed");
    expect(node.has("/etc/runlevels/default/kubelet")).toBe(true);
    const run = await node.run(role, role === "master" ? masterVariables : minionVariables);
    expect(run.code).toBe(0);
    expect(run.result.changed).toEqual(["kubelet-started"]);
    expect(kubeadmCalls(node)).toEqual([]);
  });

  test("a finished node whose kubelet would not come back is told, and repaired", async () => {
    const node = await finished("minion");
    node.remove("/etc/runlevels/default/kubelet");
    const variables = { ...sharedVariables, AK8S_ROLE: "minion" };
    const check = await node.run("shared", { ...variables, AK8S_MODE: "check" });
    expect(check.conditions.get("kubelet-service")).toEqual({
      weight: "fatal",
      state: "unmet",
      reason: "kubelet is not in the default runlevel: it would not come back with the machine",
    });
    expect((await node.run("shared", variables)).result.changed).toEqual(["kubelet-service"]);
  });
});

describe("after a power failure", () => {
  test("files that were cut off to nothing are whole again", async () => {
    const node = await finished("master");
    const paths = [
      "/etc/hostname",
      "/etc/conf.d/kubelet",
      "/etc/init.d/alpine-k8s-node",
      "/etc/sysctl.d/90-alpine-k8s.conf",
      "/etc/modules-load.d/alpine-k8s.conf",
      "/etc/alpine-k8s/pause-image",
      "/etc/containerd/config.toml",
    ];
    const before = Object.fromEntries(paths.map((path) => [path, node.read(path)]));
    for (const path of [...paths, "/etc/hosts"]) node.write(path, "");
    const run = await node.run("shared", sharedVariables);
    expect(run.stderr).toBe("");
    expect(run.code).toBe(0);
    for (const path of paths.filter((one) => one !== "/etc/conf.d/kubelet")) expect(node.read(path)).toBe(before[path]);
    expect(node.read("/etc/conf.d/kubelet")).toBe(
      'command_args="--bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf --kubeconfig=/etc/kubernetes/kubelet.conf --config=/var/lib/kubelet/config.yaml"\nrespawn_max=0\nrespawn_delay=5\n',
    );
    expect(node.read("/etc/hosts")).toBe(
      "127.0.0.1 localhost localhost.localdomain\n::1 localhost localhost.localdomain\n" +
        "10.250.250.2 master1.example.com master1\n10.250.250.2 api.demo.example.com\n",
    );
    expect((await node.run("shared", sharedVariables)).result.changed).toEqual([]);
  });

  test("what shared.sh changed is on the disk when it ends", async () => {
    const node = await finished("master");
    expect((await node.run("shared", sharedVariables)).code).toBe(0);
    expect(node.calls()).not.toContain("sync ");
    node.write("/etc/hosts", "");
    await node.run("shared", sharedVariables);
    expect(node.calls().at(-1)?.trim()).toBe("sync");
  });

  test("a marker's content is on the disk before its name", async () => {
    const node = await freshNode();
    await node.run("shared", sharedVariables);
    node.forgetCalls();
    await node.run("master", masterVariables);
    const calls = node.calls().map((call) => call.split(" ").slice(0, 2).join(" "));
    expect(calls.slice(0, calls.indexOf("kubeadm init")).filter((call) => call === "sync ")).toHaveLength(2);
    expect(calls.slice(calls.indexOf("kubeadm init")).filter((call) => call === "sync ")).toHaveLength(2);
  });

  test.each([
    { what: "emptied", ca: "" },
    { what: "half-written", ca: caPem.slice(0, 40) },
  ])("a CA that was $what during init is no other cluster's: undone and done anew, with words", async ({ ca }) => {
    const node = await freshNode();
    await node.run("shared", sharedVariables);
    node.write("/etc/alpine-k8s/init.started", "");
    node.write("/etc/kubernetes/pki/ca.crt", ca);
    const run = await node.run("master", masterVariables);
    expect(run.code).toBe(0);
    expect(run.stdout).toContain(
      "/etc/alpine-k8s/init.started is empty, as a power failure leaves it: it counts as this cluster's\n",
    );
    expect(run.result.changed).toEqual(["reset", "kubelet-enabled", "init"]);
    expect(node.read("/etc/kubernetes/pki/ca.crt")).toBe(caPem);
  });

  test("markers emptied after init: ours by the CA on the disk, written anew, nothing reset", async () => {
    const node = await finished("master");
    for (const name of ["started", "finished"]) node.write(`/etc/alpine-k8s/init.${name}`, "");
    const run = await node.run("master", masterVariables);
    expect(run.code).toBe(0);
    expect(run.result.changed).toEqual(["adopted"]);
    expect(node.read("/etc/alpine-k8s/init.finished")).toBe(`${caHash}\n`);
    expect(kubeadmCalls(node)).toEqual([]);
  });

  test("an emptied marker beside another cluster's CA is another cluster's: code 11", async () => {
    const node = await finished("master");
    for (const name of ["started", "finished"]) node.write(`/etc/alpine-k8s/init.${name}`, "");
    node.write("/etc/kubernetes/pki/ca.crt", caPem.replace("Tm90", "Tm9a"));
    expect((await node.run("master", masterVariables)).code).toBe(11);
    expect((await node.run("reset", sharedVariables)).code).toBe(11);
  });
});
