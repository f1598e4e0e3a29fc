import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { FakeNode } from "./node.js";
import { type ScriptName, type ScriptRun, kubeadmCalls } from "./node.js";
import {
  caHash,
  caKey,
  furtherVariables,
  masterVariables,
  minionVariables,
  sharedVariables,
  token,
  type Variables,
} from "./node-input.js";
import { useNodes } from "./use-nodes.js";

const { freshNode, fitNode } = useNodes();
const leftovers = (node: FakeNode): string[] =>
  readdirSync(`${node.root}/run`).filter((name) => name.startsWith("alpine-k8s"));

describe("secrets", () => {
  const pki = furtherVariables["AK8S_PKI_B64"] ?? "";
  const secrets = [
    ...[token, token.slice(7), "VGhlIGtleSBpdHNlbGY", "RnByIGtleSBpdHNlbGY", "c2E="],
    ...[Buffer.from(caKey).toString("base64").slice(0, 40), pki.slice(0, 40)],
  ];

  /** Runs a script while the process list of this machine is read again and again. */
  async function watched(
    node: FakeNode,
    name: ScriptName,
    variables: Variables,
  ): Promise<{ run: ScriptRun; seen: Set<string> }> {
    const seen = new Set<string>();
    const { finished } = node.launch(name, variables);
    let over = false;
    const run = finished.finally(() => (over = true));
    while (!over) {
      for (const pid of readdirSync("/proc")) {
        if (!/^\d+$/.test(pid)) continue;
        try {
          seen.add(readFileSync(`/proc/${pid}/cmdline`, "utf8"));
        } catch {
          // It has ended meanwhile.
        }
      }
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    return { run: await run, seen };
  }

  test.each([
    { what: "the first master", name: "master" as const, variables: { ...masterVariables, AK8S_ENSURE_TOKEN: "1" } },
    { what: "a further master", name: "master" as const, variables: furtherVariables },
    { what: "a minion", name: "minion" as const, variables: minionVariables },
  ])("$what shows none in argv, output or the environment of a program", async ({ what, name, variables }) => {
    const node = await fitNode();
    const { run, seen } = await watched(node, name, variables);
    expect(run.code).toBe(0);
    expect(seen.size).toBeGreaterThan(3);
    const everything = [...seen, run.stdout, run.stderr, node.read("/fake/calls"), node.read("/fake/environment")].join(
      "\n",
    );
    for (const secret of secrets) expect(everything).not.toContain(secret);
    if (what === "the first master") {
      expect(run.stdout).toContain("the token is [token]\n");
      expect(node.read("/fake/applied-secret")).toContain(`token-secret: "${token.slice(7)}"`);
      expect(run.result.changed).toContain("token");
    }
  });
});

describe("failures", () => {
  test("kubeadm's preflight: code 13 with its words; the next run undoes and does it", async () => {
    const node = await fitNode();
    node.fake("preflight");
    const run = await node.run("master", masterVariables);
    expect(run.code).toBe(13);
    expect(run.stderr).toBe(
      "alpine-k8s: kubeadm init: code 1: error execution phase preflight: [preflight] Some fatal errors occurred:;  [ERROR NumCPU]: the number of available CPUs 1 is less than the required 2\n",
    );
    expect(node.read("/etc/alpine-k8s/init.started")).toBe(`${caHash}\n`);
    expect(node.has("/etc/alpine-k8s/init.finished")).toBe(false);
    expect(leftovers(node)).toEqual([]);
    node.remove("/fake/preflight");
    expect((await node.run("master", masterVariables)).code).toBe(0);
  });

  test.each([
    { name: "master" as const, variables: masterVariables },
    { name: "minion" as const, variables: minionVariables },
  ])("a kubelet that does not come up during $name: code 17 with its log", async ({ name, variables }) => {
    const node = await fitNode();
    node.fake("kubelet-sick");
    const run = await node.run(name, variables);
    expect(run.code).toBe(17);
    expect(run.stderr).toContain("failed to run Kubelet: no space left");
    expect(run.stderr).toContain("timed out");
  });

  test("an API that takes no connection: code 14, and kubeadm was not asked", async () => {
    const node = await fitNode();
    node.fake("api-down");
    const run = await node.run("minion", minionVariables);
    expect(run.code).toBe(14);
    expect(run.stderr).toBe(
      "alpine-k8s: API: api.demo.example.com:6443 takes no connection after 1 s; is the master up, and its address right in /etc/hosts?\n",
    );
    expect(kubeadmCalls(node)).toEqual([]);
    expect(node.has("/etc/alpine-k8s/join.started")).toBe(false);
  });

  test("an API that does not answer after init: code 14, and the master counts as finished", async () => {
    const node = await fitNode();
    node.fake("api-down");
    const run = await node.run("master", masterVariables);
    expect(run.code).toBe(14);
    expect(node.has("/etc/alpine-k8s/init.finished")).toBe(true);
  });

  test("a name that the cluster still believes to be ready is tried again", async () => {
    const node = await fitNode();
    node.fake("name-taken");
    const run = await node.run("minion", minionVariables);
    expect(run.code).toBe(0);
    expect(kubeadmCalls(node).map((call) => call.split(" ")[1])).toEqual(["join", "reset", "join"]);
  });

  test("no kubeadm: code 12", async () => {
    const node = await fitNode();
    node.remove("/fake/bin/kubeadm");
    const run = await node.run("minion", minionVariables);
    expect(run.code).toBe(12);
    expect(run.stderr).toBe("alpine-k8s: kubeadm: it is not there; run shared.sh first\n");
  });

  test.each([
    { name: "master" as const, variables: masterVariables },
    { name: "minion" as const, variables: minionVariables },
  ])("$name ended in the middle leaves no secret behind and is done anew", async ({ name, variables }) => {
    const node = await fitNode();
    node.fake("hang");
    const { pid, finished } = node.launch(name, variables);
    while (!node.has("/fake/hanging")) await new Promise((resolve) => setTimeout(resolve, 10));
    process.kill(-pid, "SIGTERM");
    const run = await finished;
    expect(run.result.failed).toEqual([`${name}.sh: ended early with code 143`]);
    expect(leftovers(node)).toEqual([]);
    expect(node.sh("ps | grep '[k]ubeadm.yaml' || echo none")).toBe("none\n");
    node.remove("/fake/hang");
    const again = await node.run(name, variables);
    expect(again.code).toBe(0);
    expect(again.result.changed[0]).toBe("reset");
  });
});

describe("folders of scripts that were killed", () => {
  const left = "/run/alpine-k8s.4194300";
  const living = "/run/alpine-k8s.1";
  const put = (node: FakeNode): void => {
    node.write(`${left}/kubeadm.yaml`, token, 0o600);
    node.write(`${living}/kubeadm.yaml`, "of a script that runs", 0o600);
  };

  test.each([
    { name: "shared" as const, variables: { AK8S_MODE: "check" } },
    { name: "master" as const, variables: { ...masterVariables, AK8S_CA_HASH: "" } },
    { name: "minion" as const, variables: { ...minionVariables, AK8S_CA_HASH: "" } },
    { name: "reset" as const, variables: {} },
  ])("$name removes them before it does anything, but none of a process that lives", async ({ name, variables }) => {
    const node = await freshNode();
    put(node);
    await node.run(name, variables);
    expect(leftovers(node)).toEqual(["alpine-k8s.1"]);
  });

  test("a killed script's token is gone after the next run", async () => {
    const node = await fitNode();
    node.fake("hang");
    const { pid, finished } = node.launch("master", masterVariables);
    while (!node.has("/fake/hanging")) await new Promise((resolve) => setTimeout(resolve, 10));
    process.kill(-pid, "SIGKILL");
    await expect(finished).rejects.toThrow("the last line is no result");
    expect(leftovers(node)).toHaveLength(1);
    node.sh("kill $(pidof sleep) 2>/dev/null || :");
    node.remove("/fake/hang");
    expect((await node.run("minion", { ...minionVariables, AK8S_CA_HASH: "" })).code).toBe(10);
    expect(leftovers(node)).toEqual([]);
  });

  test("one whose number another process has got by now is removed", async () => {
    const node = await freshNode();
    put(node);
    node.write(`${living}/started`, "1\n");
    await node.run("shared", { AK8S_MODE: "check" });
    expect(leftovers(node)).toEqual([]);
  });

  test("one under the script's own number is a dead script's, too", async () => {
    const node = await fitNode();
    for (let pid = 2; pid < 1000; pid++) node.write(`/run/alpine-k8s.${pid}/kubeadm.yaml`, token);
    const run = await node.run("master", masterVariables);
    expect(run.stderr).toBe("");
    expect(run.code).toBe(0);
  });

  test("a folder that cannot be made: code 10 and why", async () => {
    const node = await fitNode();
    node.write("/fake/prelude", `${node.read("/fake/prelude")}mkdir() { /fake/bin/mkdir "$@"; }\n`);
    node.write(
      "/fake/bin/mkdir",
      `#!/bin/sh\ncase "$*" in *run/alpine-k8s*) echo "mkdir: can't create directory: No space left on device" >&2; exit 1 ;; esac\nexec /bin/busybox mkdir "$@"\n`,
      0o755,
    );
    const run = await node.run("master", masterVariables);
    expect(run.code).toBe(10);
    expect(run.stderr).toMatch(
      /^alpine-k8s: \/run\/alpine-k8s\.\d+: mkdir: can't create directory: No space left on device\n$/,
    );
  });
});

test("daemons that the scripts start are in no process group of theirs", async () => {
  const node = await freshNode();
  node.fake("daemons");
  expect((await node.run("shared", sharedVariables)).code).toBe(0);
  const { pid, finished } = node.launch("master", { ...masterVariables, AK8S_API_WAIT: "20" });
  node.fake("api-down");
  while (!node.has("/etc/alpine-k8s/init.finished")) await new Promise((resolve) => setTimeout(resolve, 10));
  await new Promise((resolve) => setTimeout(resolve, 100));
  process.kill(-pid, "SIGTERM");
  expect((await finished).result.failed).toEqual(["master.sh: ended early with code 143"]);
  expect(node.sh("ps | grep -c '[s]leep 99'")).toBe("2\n");
  node.remove("/fake/api-down");
  expect((await node.run("master", masterVariables)).result.changed).toEqual([]);
});

test("a script that is ended while a service starts does not wait for the service, and leaves nothing", async () => {
  const node = await freshNode();
  node.fake("slow-containerd");
  const { pid, finished } = node.launch("shared", sharedVariables);
  while (!node.has("/fake/hanging")) await new Promise((resolve) => setTimeout(resolve, 10));
  process.kill(-pid, "SIGTERM");
  expect((await finished).result.failed).toEqual(["shared.sh: ended early with code 143"]);
  expect(node.has("/run/openrc/started/containerd")).toBe(false);
  expect(leftovers(node)).toEqual([]);
});
