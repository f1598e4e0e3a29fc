import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { FakeNode } from "./node.js";
import { type ScriptRun } from "./node.js";
import { otherHash, sharedVariables, type Variables } from "./node-input.js";
import { useNodes } from "./use-nodes.js";

const { freshNode } = useNodes();

function condition(run: ScriptRun, id: string): string {
  const found = run.conditions.get(id);
  return found ? `${found.weight} ${found.state} ${found.reason}` : "absent";
}

describe.each(["ash", "dash"] as const)("shared.sh under %s", (shell) => {
  test("makes a bare node fit, and the second run changes nothing and says so", async () => {
    const node = await freshNode();
    const first = await node.run("shared", sharedVariables, shell);
    expect(first.stderr).toBe("");
    expect(first.code).toBe(0);
    expect(first.result.warnings).toEqual([]);
    expect(first.result.changed).toEqual([
      "hostname",
      "hosts-own-name",
      "hosts-endpoint",
      "boot-service",
      "cgroups",
      "machine-id",
      "cni-dirs",
      "runtime-config",
      "runtime",
      "kubelet-service",
    ]);
    expect(node.read("/etc/hosts")).toBe(
      "127.0.0.1 localhost\n::1 localhost\n10.250.250.2 master1.example.com master1\n10.250.250.2 api.demo.example.com\n",
    );
    expect(node.sh("hostname")).toBe("master1\n");

    const before = node.tree();
    node.forgetCalls();
    const second = await node.run("shared", sharedVariables, shell);
    expect(second.code).toBe(0);
    expect(second.result.changed).toEqual([]);
    expect(second.result.present).toHaveLength(28);
    expect(node.tree()).toEqual(before);
    expect(node.calls().filter((call) => /^rc-|^apk|^kubeadm config/.test(call))).toEqual([]);
  });
});

describe("shared.sh in check mode", () => {
  test("tells facts and conditions of a bare node and changes nothing", async () => {
    const node = await freshNode();
    node.write("/etc/alpine-k8s/notice", "first line\nsecond line\n");
    const before = node.tree();
    const run = await node.run("shared", { ...sharedVariables, AK8S_MODE: "check" });
    expect(run.code).toBe(0);
    expect(node.tree()).toEqual(before);
    expect(node.sh("hostname")).toBe("alpine\n");
    expect(condition(run, "hostname")).toBe("fatal unmet it is alpine, wanted master1");
    expect(condition(run, "hosts-own-name")).toBe(
      "fatal unmet /etc/hosts has '127.0.2.1 master1.example.com master1', wanted '10.250.250.2 master1.example.com master1'",
    );
    expect(run.result.failed).toEqual([]);
    const facts = Object.fromEntries(run.facts);
    expect(facts).toMatchObject({
      hostname: "alpine",
      os: "3.24.1",
      kernel: "6.18.1-0-virt",
      cpus: "2",
      memory_kib: "2097152",
      clock: "1800000000",
      uptime: expect.stringMatching(/^\d+\.\d\d$/) as string,
      machine_id: "none",
      product_uuid: "11111111-2222-3333-4444-555555555555",
      kubeadm: "v1.36.1",
      kubelet: "v1.36.1",
      kubectl: "/fake/bin/kubectl",
      runtime: "down",
      kubelet_service: "stopped",
      kubelet_healthz: "not running",
      role: "none",
      state: "clean",
      ca_hash: "none",
      network_sha256: "none",
      api: "none",
      notice: "first line\nsecond line",
    });
    expect(facts["iface"]?.split("\n")).toEqual(["lo 127.0.0.1/8", "lo 10.0.2.15/24", "lo 10.250.250.2/24"]);
    expect(Number(facts["disk_free_kib"])).toBeGreaterThan(0);
  });

  test("needs no variable at all, and then leaves alone what it cannot ask", async () => {
    const node = await freshNode();
    const run = await node.run("shared", { AK8S_MODE: "check" });
    expect(run.code).toBe(0);
    expect(run.stderr).toBe("");
    expect(condition(run, "address")).toBe("fatal skipped no address was asked for");
    expect(condition(run, "hosts-endpoint")).toBe("fatal skipped no endpoint was asked for");
    expect(condition(run, "kubernetes-version")).toBe("fatal ok kubeadm v1.36.1, kubelet v1.36.1");
  });

  test("a mode that is none is refused", async () => {
    const node = await freshNode();
    const run = await node.run("shared", { AK8S_MODE: "chekc" });
    expect(run.code).toBe(10);
    expect(run.stderr).toBe("alpine-k8s: AK8S_MODE: it is 'chekc', wanted apply or check\n");
  });
});

describe("the time, given ten seconds before the script begins", () => {
  const uptime = (): number => Number(readFileSync("/proc/uptime", "utf8").split(" ")[0]);
  const given = (): Variables => ({
    ...sharedVariables,
    AK8S_CLOCK_EPOCH: "1800000000",
    AK8S_CLOCK_UPTIME: (uptime() - 10).toFixed(2),
  });

  test("leaves a right clock alone", async () => {
    const node = await freshNode();
    node.fake("clock", "1800000010\n");
    const run = await node.run("shared", given());
    expect(condition(run, "clock")).toMatch(/^fatal ok -?[01] s from the right time$/);
    expect(node.read("/fake/clock")).toBe("1800000010\n");
  });

  test("sets a wrong clock to the time that it is by then", async () => {
    const node = await freshNode();
    node.fake("clock", "1700000000\n");
    const variables = given();
    const before = uptime();
    const run = await node.run("shared", variables);
    expect(condition(run, "clock")).toMatch(/^fatal fixed 0 s from the right time$/);
    const set = Number(node.read("/fake/clock")) - 1_800_000_010;
    expect(set).toBeGreaterThanOrEqual(0);
    expect(set).toBeLessThanOrEqual(Math.ceil(uptime() - before));
  });
});

describe("conditions that cannot be made so", () => {
  test("a node of another cluster is refused before anything changes", async () => {
    const node = await freshNode();
    node.write("/etc/alpine-k8s/join.finished", `${otherHash}\n`);
    const before = node.tree();
    const run = await node.run("shared", sharedVariables);
    expect(run.code).toBe(11);
    expect(run.stderr).toBe(
      `alpine-k8s: other cluster: this node belongs to a cluster with CA ${otherHash}; take it out there, or give another node\n`,
    );
    expect(node.tree()).toEqual(before);
  });

  test("kubeadm files without a marker of ours are somebody else's", async () => {
    const node = await freshNode();
    node.write("/etc/kubernetes/kubelet.conf", "kind: Config\n");
    const run = await node.run("shared", sharedVariables);
    expect(run.code).toBe(11);
    expect(run.stderr).toContain("this node has kubeadm files that are not of this cluster");
  });

  test("another kubeadm than the cluster's: code 15, and nothing after it is changed", async () => {
    const node = await freshNode();
    node.fake("version", "v1.35.0\n");
    const run = await node.run("shared", sharedVariables);
    expect(run.code).toBe(15);
    expect(run.stderr.split("\n")[0]).toBe(
      "alpine-k8s: kubernetes-version: kubeadm is v1.35.0, the cluster's version is v1.36.1",
    );
    expect(condition(run, "boot-service")).toContain("fatal unmet");
    expect(node.has("/etc/init.d/alpine-k8s-node")).toBe(false);
  });

  test("a kubelet of another patch is a warning, of another minor it is refused", async () => {
    const node = await freshNode();
    node.fake("kubelet-version", "v1.36.4\n");
    const warned = await node.run("shared", sharedVariables);
    expect(warned.code).toBe(0);
    expect(warned.result.warnings).toEqual(["kubernetes-version: kubelet is v1.36.4, kubeadm is v1.36.1"]);
    node.fake("kubelet-version", "v1.35.1\n");
    expect((await node.run("shared", sharedVariables)).code).toBe(15);
  });

  test("too small for a master: fatal, or a warning when asked to ignore; a minion may be small", async () => {
    const node = await freshNode();
    node.fake("meminfo", "MemTotal:         262144 kB\n");
    node.fake("sys/devices/system/cpu/online", "0\n");
    const strict = await node.run("shared", sharedVariables);
    expect(strict.code).toBe(10);
    expect(strict.result.failed).toEqual([
      "cpus: a master needs 2 CPUs, there are 1",
      "memory: a master needs 1700 MiB of memory, there are 256 MiB",
    ]);
    const ignoring = await node.run("shared", { ...sharedVariables, AK8S_IGNORE_PREFLIGHT: "NumCPU,Mem" });
    expect(ignoring.code).toBe(0);
    expect(ignoring.result.warnings).toHaveLength(2);
    const minion = await node.run("shared", { ...sharedVariables, AK8S_ROLE: "minion" });
    expect(minion.result.warnings).toEqual([]);
  });

  test("ports that somebody listens on", async () => {
    const node = await freshNode();
    node.sh("nc -l -p 10250 >/dev/null 2>&1 </dev/null & echo $! >/fake/listener; usleep 100000");
    const run = await node.run("shared", sharedVariables);
    node.sh("kill $(cat /fake/listener)");
    expect(run.code).toBe(10);
    expect(run.result.failed).toEqual(["ports: something listens already on: 10250"]);
  });

  test("a resolver on loopback is a warning", async () => {
    const node = await freshNode();
    node.write("/etc/resolv.conf", "nameserver 127.0.0.1\n");
    const run = await node.run("shared", sharedVariables);
    expect(run.result.warnings).toEqual([
      "resolv-conf: /etc/resolv.conf names 127.0.0.1, with which CoreDNS asks itself for ever",
    ]);
  });

  test("a missing resolver file is made, empty: without it the kubelet would make no pod at all", async () => {
    const node = await freshNode();
    node.remove("/etc/resolv.conf");
    const run = await node.run("shared", sharedVariables);
    expect(run.code).toBe(0);
    expect(run.result.warnings).toEqual(["resolv-conf: /etc/resolv.conf names no nameserver"]);
    expect(node.read("/etc/resolv.conf")).toBe("");
  });

  test("a link to a resolver file that is not there yet is left alone", async () => {
    const node = await freshNode();
    node.sh("rm /etc/resolv.conf; ln -s /run/later/resolv.conf /etc/resolv.conf");
    const run = await node.run("shared", sharedVariables);
    expect(run.code).toBe(0);
    expect(run.result.warnings).toEqual(["resolv-conf: /etc/resolv.conf names no nameserver"]);
    expect(node.sh("readlink /etc/resolv.conf").trim()).toBe("/run/later/resolv.conf");
  });

  test("cgroups without memory, and version 1 from Kubernetes 1.35 on", async () => {
    const node = await freshNode();
    node.fake("controllers", "cpuset cpu io pids\n");
    const run = await node.run("shared", sharedVariables);
    expect(run.result.failed).toEqual([
      "cgroups: version 2 without: memory (for memory: cgroup_enable=memory on the kernel's command line)",
    ]);
    node.sh(
      "umount /sys/fs/cgroup/cgroup.controllers; umount /sys/fs/cgroup; mount -t tmpfs none /sys/fs/cgroup; cd /sys/fs/cgroup;" +
        "for c in cpu cpuset devices freezer memory pids; do mkdir $c; mount -t cgroup -o none,name=ak8stest cgroup $c; done",
    );
    const one = await node.run("shared", { ...sharedVariables, AK8S_MODE: "check" });
    expect(condition(one, "cgroups")).toContain("version 1, and Kubernetes from 1.35 on needs version 2");
    node.fake("version", "v1.34.2\n");
    const old = await node.run("shared", {
      ...sharedVariables,
      AK8S_MODE: "check",
      AK8S_KUBERNETES_VERSION: "v1.34.2",
    });
    expect(condition(old, "cgroups")).toMatch(/^fatal (ok version 1|unmet the service cgroups)/);
  });

  test("modules that are not on the disk of the running kernel", async () => {
    const node = await freshNode();
    node.fake("filesystems", "nodev\tproc\n");
    node.fake("no-modules");
    const run = await node.run("shared", sharedVariables);
    expect(run.code).toBe(10);
    expect(run.result.failed[0]).toContain("modules: the kernel lacks: overlay (modprobe overlay failed (code 1)");
    expect(run.result.failed[0]).toContain("the modules of the running kernel 6.18.1-0-virt are not on the disk");
  });

  test("a runtime that does not start, and one that is not containerd", async () => {
    const node = await freshNode();
    node.fake("no-start-containerd");
    const run = await node.run("shared", sharedVariables);
    expect(run.result.failed).toEqual([
      "runtime: containerd does not answer crictl info (rc-service containerd start failed (code 1):  * ERROR: containerd failed to start)",
    ]);
    node.remove("/etc/init.d/containerd");
    node.sh("mkdir -p /var/run/crio; ln -s /fake/socket /var/run/crio/crio.sock");
    const crio = await node.run("shared", { ...sharedVariables, AK8S_MODE: "check" });
    expect(condition(crio, "runtime")).toBe("fatal unmet this node has CRI-O; only containerd is driven here");
  });
});

describe("the address", () => {
  const gone = (node: FakeNode): string => node.sh("ip addr del 10.250.250.2/24 dev lo");

  test("is only looked at when it has another owner", async () => {
    const node = await freshNode();
    gone(node);
    const run = await node.run("shared", sharedVariables);
    expect(run.code).toBe(10);
    expect(run.result.failed).toEqual([
      "address: 10.250.250.2 is on no interface; there are: lo 127.0.0.1/8; lo 10.0.2.15/24 (it is set by its owner (vagrant), not by this script)",
    ]);
  });

  test("is written for the one card without an address when it is ours", async () => {
    const node = await freshNode();
    gone(node);
    node.write("/etc/network/interfaces", "auto lo\niface lo inet loopback\n\nauto eth0\niface eth0 inet dhcp");
    const run = await node.run("shared", { ...sharedVariables, AK8S_ADDRESS_OWNER: "us" });
    expect(run.stderr).toBe("");
    expect(run.code).toBe(0);
    expect(run.result.changed[0]).toBe("address");
    expect(node.read("/etc/network/interfaces")).toBe(
      "auto lo\niface lo inet loopback\n\nauto eth0\niface eth0 inet dhcp\n# alpine-k8s begin\nauto eth1\niface eth1 inet static\n\taddress 10.250.250.2\n\tnetmask 255.255.255.0\n# alpine-k8s end\n",
    );
  });

  test("is not guessed when two cards have none", async () => {
    const node = await freshNode();
    gone(node);
    const run = await node.run("shared", { ...sharedVariables, AK8S_ADDRESS_OWNER: "us" });
    expect(run.code).toBe(10);
    expect(run.result.failed[0]).toContain("it wants exactly one card without an address, there are 2: eth0 eth1");
  });
});
