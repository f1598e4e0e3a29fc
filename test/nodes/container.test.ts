import { describe, expect, test } from "vitest";
import { condition, type FakeNode } from "./node.js";
import { sharedVariables, type Variables } from "./node-input.js";
import { useNodes } from "./use-nodes.js";

const { freshNode } = useNodes();

const variables: Variables = { ...sharedVariables, AK8S_NAMESERVERS: "192.0.2.1,192.0.2.2" };
const check: Variables = { ...variables, AK8S_MODE: "check" };

/** A node in a container of Docker: three of its files in /etc are mounts with Docker's content. */
async function container(): Promise<FakeNode> {
  const node = await freshNode();
  node.write("/.dockerenv", "");
  node.write("/fake/etc/hosts", "127.0.0.1\tlocalhost\n10.250.250.2\tmaster1\n");
  node.write("/fake/etc/hostname", "master1\n");
  node.write("/fake/etc/resolv.conf", "nameserver 127.0.0.11\noptions ndots:0\n");
  node.sh("for name in hosts hostname resolv.conf; do mount --bind /fake/etc/$name /etc/$name; done; hostname master1");
  return node;
}

describe("a node that is a container", () => {
  test("is made fit, with its files in their places; the second run changes nothing", async () => {
    const node = await container();
    const first = await node.run("shared", variables);
    expect([first.stderr, first.code]).toEqual(["", 0]);
    expect(node.sh("cat /etc/hosts")).toBe(
      "127.0.0.1 localhost\n10.250.250.2 master1.example.com master1\n10.250.250.2 api.demo.example.com\n",
    );
    expect(node.read("/etc/alpine-k8s/hosts")).toBe(
      "10.250.250.2 master1.example.com master1\n10.250.250.2 api.demo.example.com\n",
    );
    expect(node.read("/etc/alpine-k8s/resolv.conf")).toBe("nameserver 192.0.2.1\nnameserver 192.0.2.2\n");
    expect(node.sh("cat /etc/resolv.conf")).toContain("127.0.0.11");
    expect(node.read("/etc/containerd/config.toml")).toContain(
      "[plugins.'io.containerd.cri.v1.runtime']\n    restrict_oom_score_adj = true\n",
    );
    const before = node.tree();
    const second = await node.run("shared", variables);
    expect(second.result.changed).toEqual([]);
    expect((await node.run("shared", check)).facts.get("container")).toBe("docker");
    expect(node.tree()).toEqual(before);
  });

  test("gets its entries back when Docker has written its own hosts file, with every master of the moment", async () => {
    const node = await container();
    await node.run("shared", variables);
    const more = { ...variables, AK8S_ENDPOINT_ADDRESS: "10.250.250.2,10.250.250.3" };
    expect((await node.run("shared", more)).result.changed).toEqual(["hosts-endpoint"]);
    node.sh("printf '127.0.0.1\\tlocalhost\\n10.250.250.2\\tmaster1 other\\n' >/etc/hosts");
    node.sh(startOf(node));
    expect(node.sh("cat /etc/hosts")).toBe(
      "127.0.0.1 localhost\n10.250.250.2 other\n10.250.250.2 master1.example.com master1\n" +
        "10.250.250.2 api.demo.example.com\n10.250.250.3 api.demo.example.com\n",
    );
    expect((await node.run("shared", { ...more, AK8S_MODE: "check" })).conditions.get("hosts-endpoint")?.state).toBe(
      "ok",
    );
  });

  test("says when the file is lost from which the entries come back", async () => {
    const node = await container();
    await node.run("shared", variables);
    node.remove("/etc/alpine-k8s/hosts");
    expect(condition(await node.run("shared", check), "hosts-endpoint")).toBe(
      "fatal unmet /etc/alpine-k8s/hosts, from which each start of this container brings them back, has not '10.250.250.2 api.demo.example.com'",
    );
    const repaired = await node.run("shared", variables);
    expect(repaired.result.changed).toEqual(["hosts-own-name", "hosts-endpoint"]);
  });

  test("leaves its computer's clock, swap, modules and inotify limits alone, and says what to do there", async () => {
    const node = await container();
    await node.run("shared", variables);
    node.forgetCalls();
    node.fake("clock", "1800000100\n");
    node.fake("swaps", "Filename\tType\tSize\tUsed\tPriority\n/dev/sda2 partition 1 0 -2\n");
    node.fake("filesystems", "nodev\tproc\n");
    const run = await node.run("shared", variables);
    expect(run.code).toBe(10);
    expect(condition(run, "clock")).toBe(
      "fatal unmet the clock is 100 s off, wanted at most 1 s; this node is a container (docker): its clock is the one of the computer that it runs on, and is set there",
    );
    expect(condition(run, "swap")).toBe(
      "fatal unmet swap is on: /dev/sda2; this node is a container (docker): failSwapOn: false in the spec's KubeletConfiguration allows it; on the computer that it runs on, type: swapoff -a",
    );
    expect(condition(run, "modules")).toBe(
      "fatal unmet the kernel lacks: overlay; this node is a container (docker): on the computer that it runs on, type: modprobe -a overlay",
    );
    expect(condition(run, "inotify")).toMatch(
      /^warning unmet 8192 watches, 128 instances; .*type: sysctl -w fs\.inotify/,
    );
    expect(node.read("/fake/clock")).toBe("1800000100\n");
    expect(node.read("/fake/procsys/fs/inotify/max_user_watches")).toBe("8192\n");
    expect(node.calls().filter((call) => /^(?:swapoff|modprobe|date -s)/.test(call))).toEqual([]);
  });

  test("has no product uuid of its own", async () => {
    const node = await container();
    const run = await node.run("shared", check);
    expect(run.facts.get("product_uuid")).toBe("none");
    expect(condition(run, "product-uuid")).toBe(
      "warning skipped this node is a container (docker) and has none of its own",
    );
  });

  test("without any name server says so, and has the file that the kubelet wants", async () => {
    const node = await container();
    const run = await node.run("shared", { ...variables, AK8S_NAMESERVERS: "none" });
    expect(condition(run, "resolv-conf")).toMatch(
      /^fatal unmet the computer that this container runs on names no name server/,
    );
    expect(node.read("/etc/alpine-k8s/resolv.conf")).toBe("");
  });

  test("gets the name servers of the computer's new network on the next run", async () => {
    const node = await container();
    await node.run("shared", variables);
    const moved = { ...variables, AK8S_NAMESERVERS: "198.51.100.7" };
    expect(condition(await node.run("shared", { ...moved, AK8S_MODE: "check" }), "resolv-conf")).toBe(
      "fatal unmet /etc/alpine-k8s/resolv.conf is not there or names others than 198.51.100.7",
    );
    await node.run("shared", moved);
    expect(node.read("/etc/alpine-k8s/resolv.conf")).toBe("nameserver 198.51.100.7\n");
  });

  test("has the memory and the processors that its computer lets it use", async () => {
    const node = await container();
    node.sh("umount /sys/fs/cgroup/cgroup.controllers /sys/fs/cgroup");
    node.write("/fake/sys/fs/cgroup/memory.max", `${1024 * 1024 * 1024}\n`);
    node.write("/fake/sys/fs/cgroup/cpu.max", "100000 100000\n");
    const run = await node.run("shared", check);
    expect(run.facts.get("memory_kib")).toBe(String(1024 * 1024));
    expect(run.facts.get("cpus")).toBe("1");
  });
});

describe("the boot service", () => {
  test("runs in containers, too: no keyword keeps OpenRC from starting it", async () => {
    const node = await container();
    await node.run("shared", variables);
    const text = node.read("/etc/init.d/alpine-k8s-node");
    expect(text).not.toContain("keyword");
    expect(text).not.toContain("max_user_watches");
    expect(text).toContain("kernel/panic 10");
  });

  test("on a machine has nothing of what containers need", async () => {
    const node = await freshNode();
    await node.run("shared", sharedVariables);
    const text = node.read("/etc/init.d/alpine-k8s-node");
    expect(text).not.toContain("remount");
    expect(text).toContain("max_user_watches");
    expect(node.has("/etc/alpine-k8s/hosts")).toBe(false);
  });
});

/** The part of the boot service's start that writes the hosts file, as a script. */
function startOf(node: FakeNode): string {
  const text = node.read("/etc/init.d/alpine-k8s-node");
  const begin = text.indexOf("\tif [ -s /etc/alpine-k8s/hosts ]");
  const end = text.indexOf("\twhile read -r module", begin);
  if (begin < 0 || end < 0) throw new Error("the boot service has no such part");
  return text.slice(begin, end);
}
