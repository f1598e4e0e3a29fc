import { describe, expect, test } from "vitest";
import { condition } from "./node.js";
import { caHash, otherHash, sharedVariables } from "./node-input.js";
import { useNodes } from "./use-nodes.js";

const { freshNode } = useNodes();

const NO_SERVER =
  "/etc/resolv.conf names no nameserver, without one CoreDNS does not start: name one in that file: nameserver ADDRESS";

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
    node.sh("touch -d 2001-01-01 /fake/bin/kubelet");
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

  // Kilobytes of the disk, and of them free.
  const gigabyte = 1024 * 1024;
  test.each([
    [
      "a disk with a tenth free",
      [20 * gigabyte, 2 * gigabyte],
      "machine",
      "warning unmet 2048 of 20480 MiB free under /var/lib: below 15 % the kubelet deletes images and evicts pods",
    ],
    [
      "a disk with a fifth free",
      [20 * gigabyte, 4 * gigabyte],
      "machine",
      "fatal ok 4096 of 20480 MiB free under /var/lib",
    ],
    [
      "a computer's large disk",
      [500 * gigabyte, 20 * gigabyte],
      "container",
      "fatal ok 20480 of 512000 MiB free under /var/lib",
    ],
    [
      "the rest of a computer's disk",
      [500 * gigabyte, gigabyte],
      "container",
      "warning unmet 1024 of 512000 MiB free under /var/lib: below 1024 MiB the kubelet evicts pods",
    ],
    ["a full disk", [500 * gigabyte, 100 * 1024], "machine", "fatal unmet 100 of 512000 MiB free under /var/lib"],
  ] as const)("%s", async (_, [size, free], kind, told) => {
    const node = await freshNode();
    if (kind === "container") node.write("/.dockerenv", "");
    node.fake("disk", `${size} ${free}\n`);
    const run = await node.run("shared", { ...sharedVariables, AK8S_MODE: "check" });
    expect(condition(run, "disk")).toBe(told);
  });

  test("ports that somebody listens on, with the program's name", async () => {
    const node = await freshNode();
    node.sh("nc -l -p 10250 >/dev/null 2>&1 </dev/null & echo $! >/fake/listener; usleep 100000");
    const run = await node.run("shared", sharedVariables);
    node.sh("kill $(cat /fake/listener)");
    expect(run.code).toBe(10);
    expect(run.result.failed).toEqual(["ports: something listens already on: 10250 (nc)"]);
  });

  test("a resolver on loopback is a warning", async () => {
    const node = await freshNode();
    node.write("/etc/resolv.conf", "nameserver 127.0.0.1\n");
    const run = await node.run("shared", sharedVariables);
    expect(run.result.warnings).toEqual([
      "resolv-conf: /etc/resolv.conf names 127.0.0.1, with which CoreDNS asks itself for ever",
    ]);
  });

  test.each([
    ["missing is made, empty: without it the kubelet would make no pod at all", "rm", "cat", ""],
    [
      "a link to a file that is not there yet is left alone",
      "ln -sf /run/later/resolv.conf",
      "readlink",
      "/run/later/resolv.conf\n",
    ],
  ])("a resolver file that is %s", async (_, make, show, shown) => {
    const node = await freshNode();
    node.sh(`${make} /etc/resolv.conf`);
    const run = await node.run("shared", sharedVariables);
    expect(run.code).toBe(10);
    expect(run.result.failed).toEqual([`resolv-conf: ${NO_SERVER}`]);
    expect(node.sh(`${show} /etc/resolv.conf`)).toBe(shown);
  });

  test("an empty resolver file is refused before kubeadm, with what to write into it", async () => {
    const node = await freshNode();
    node.write("/etc/resolv.conf", "search example.com\n");
    const run = await node.run("shared", sharedVariables);
    expect([run.code, run.result.failed]).toEqual([10, [`resolv-conf: ${NO_SERVER}`]]);
    node.write("/etc/resolv.conf", "nameserver 192.0.2.1\n");
    expect((await node.run("shared", sharedVariables)).code).toBe(0);
  });

  test("an empty resolver file is a warning on a node that is set up, and of no matter where pods get another", async () => {
    const node = await freshNode();
    node.write("/etc/resolv.conf", "");
    node.write("/etc/resolv-of-pods.conf", "nameserver 192.0.2.1\n");
    const elsewhere = await node.run("shared", { ...sharedVariables, AK8S_RESOLV_CONF: "/etc/resolv-of-pods.conf" });
    expect([elsewhere.code, elsewhere.result.warnings]).toEqual([0, []]);
    node.write("/etc/alpine-k8s/init.finished", `${caHash}\n`);
    const finished = await node.run("shared", sharedVariables);
    expect([finished.code, finished.result.warnings]).toEqual([0, [`resolv-conf: ${NO_SERVER}`]]);
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
    const allowed = await node.run("shared", { ...sharedVariables, AK8S_MODE: "check", AK8S_ALLOW_CGROUP_V1: "1" });
    expect(condition(allowed, "cgroups")).toMatch(/^fatal (ok version 1|unmet the service cgroups)/);
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
