import { rmSync } from "node:fs";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { practiceImage, practiceNode, type PracticeNode, type Ran } from "./support.js";

const CONFIG = "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\ncgroupDriver: cgroupfs\n";

describe("kubelet", () => {
  let image: string;
  let node: PracticeNode;
  beforeAll(() => {
    image = practiceImage();
  });
  afterAll(() => {
    rmSync(image, { recursive: true });
  });
  beforeEach(async () => {
    node = await practiceNode(image);
    node.write("var/lib/kubelet/config.yaml", CONFIG);
    node.write("etc/kubernetes/kubelet.conf", "x");
  });
  afterEach(() => {
    node.dispose();
  });

  function start(...more: string[]): Promise<Ran> {
    const flags = [
      "--config=/var/lib/kubelet/config.yaml",
      "--kubeconfig=/etc/kubernetes/kubelet.conf",
      "--bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf",
    ];
    return node.run("kubelet", [...flags, ...more]);
  }

  it("says its version", async () => {
    expect((await node.run("kubelet", ["--version"])).stdout).toBe("Kubernetes v1.36.1+practice\n");
  });

  it.each<[string, string[], (node: PracticeNode) => void, string]>([
    ["an unknown flag", ["--nonsense=1"], () => undefined, "failed to parse kubelet flag: unknown flag: --nonsense"],
    [
      "a flag that 1.35 removed",
      ["--pod-infra-container-image=x"],
      () => undefined,
      "unknown flag: --pod-infra-container-image",
    ],
    [
      "a missing configuration",
      [],
      (n) => {
        rmSync(`${n.root}/var/lib/kubelet/config.yaml`);
      },
      "open /var/lib/kubelet/config.yaml: no such file or directory",
    ],
    [
      "an unknown field",
      [],
      (n) => n.write("var/lib/kubelet/config.yaml", CONFIG + "nonsense: 1\n"),
      'unknown field "nonsense"',
    ],
    [
      "no kubeconfig",
      [],
      (n) => {
        rmSync(`${n.root}/etc/kubernetes/kubelet.conf`);
      },
      "unable to load bootstrap kubeconfig: stat /etc/kubernetes/bootstrap-kubelet.conf",
    ],
    [
      "a label of Kubernetes' own",
      ["--node-labels=node-role.kubernetes.io/worker="],
      () => undefined,
      "unknown 'kubernetes.io' or 'k8s.io' labels specified with --node-labels",
    ],
    ["swap", [], (n) => n.write("proc/swaps", "Filename\n/dev/sda2\n"), "running with swap on is not supported"],
    ["no cgroups", [], (n) => n.write("proc/mounts", ""), "failed to find cgroup mounts"],
    [
      "cgroups v1 from 1.35 on",
      [],
      (n) => n.write("proc/mounts", "c /sys/fs/cgroup/memory cgroup rw 0 0\n"),
      "configured to not run on a host using cgroup v1",
    ],
    [
      "no runtime",
      [],
      () => undefined,
      "dial unix /run/containerd/containerd.sock: connect: no such file or directory",
    ],
  ])("does not start with %s", async (_, flags, spoil, message) => {
    spoil(node);
    const ran = await start(...flags);
    expect(ran.stderr).toContain(message);
    expect(ran.code).toBe(1);
  });

  it("dies of the systemd cgroup driver", async () => {
    await node.startRuntime();
    node.write("var/lib/kubelet/config.yaml", CONFIG.replace("cgroupfs", "systemd"));
    const ran = await start();
    expect(ran.stderr).toContain(
      "Failed to start ContainerManager: systemd not running on this host, cannot use systemd cgroups manager",
    );
    expect(ran.code).toBe(1);
  });
});
