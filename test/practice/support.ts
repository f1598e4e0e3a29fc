import { spawn, spawnSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Where the stand-ins' sources are. */
export const standins = join(dirname(fileURLToPath(import.meta.url)), "../../practice/standins");

/** What a program printed and how it ended. */
export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder tree that stands for a machine; everything in it runs unprivileged, with ports of its own. */
export class PracticeNode {
  readonly env: NodeJS.ProcessEnv;
  readonly #children: number[] = [];

  constructor(
    readonly root: string,
    readonly shift: number,
  ) {
    const path = [join(root, "usr/bin"), join(root, "fake"), "/usr/bin", "/bin"].join(delimiter);
    this.env = { PATH: path, PRACTICE_ROOT: root, PRACTICE_PORT_SHIFT: String(shift), HOME: root };
  }

  get apiPort(): number {
    return 10_100 + this.shift;
  }

  run(program: string, args: readonly string[], input = ""): Promise<Ran> {
    return runProgram(program, args, this.env, input);
  }

  write(path: string, text: string): string {
    const full = join(this.root, path);
    mkdirSync(dirname(full), { recursive: true });
    writeFileSync(full, text);
    return full;
  }

  read(path: string): string {
    return readFileSync(join(this.root, path), "utf8");
  }

  has(path: string): boolean {
    return existsSync(join(this.root, path));
  }

  /** Takes a program of the fake system away. */
  without(program: string): void {
    rmSync(join(this.root, "fake", program));
  }

  /** Starts containerd and waits until it answers. */
  async startRuntime(): Promise<void> {
    const child = spawn("containerd", [], { env: this.env, stdio: "ignore" });
    if (child.pid !== undefined) this.#children.push(child.pid);
    await eventually(async () => (await this.run("crictl", ["version"])).code === 0, "containerd answers");
  }

  stopRuntime(): void {
    for (const pid of this.#children.splice(0)) end(pid);
  }

  /** Ends what runs in this tree and removes it. */
  dispose(): void {
    this.stopRuntime();
    for (const file of ["kubelet.pid", "run/practice/kube-apiserver.pid"]) {
      if (this.has(file)) end(Number(this.read(file)));
    }
    rmSync(this.root, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    given.delete(this.shift);
  }
}

function end(pid: number): void {
  try {
    if (pid > 1) process.kill(pid, "SIGTERM");
  } catch {
    // It has ended already.
  }
}

/** Runs a program to its end. */
export function runProgram(program: string, args: readonly string[], env: NodeJS.ProcessEnv, input = ""): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (data: Buffer) => (stdout += data.toString()));
    child.stderr.on("data", (data: Buffer) => (stderr += data.toString()));
    child.on("error", reject);
    child.on("close", (code) => {
      resolve({ code: code ?? -1, stdout, stderr });
    });
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
  });
}

/** Waits until something holds; fails with its name after ten seconds. */
export async function eventually(holds: () => Promise<boolean> | boolean, what: string, seconds = 10): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`not within ${String(seconds)} s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
}

/** The stand-ins of a version, installed into a folder; nodes are copies of it. */
export function practiceImage(version = "v1.36.1"): string {
  const root = mkdtempSync(join(tmpdir(), "practice-image-"));
  const done = spawnSync("sh", [join(standins, "install.sh"), root, version], { encoding: "utf8" });
  if (done.status !== 0) throw new Error(`install.sh failed: ${done.stderr}`);
  return root;
}

/** A fit node: 2 CPUs, 2 GB, forwarding on, cgroups v2, shared root mount, every program there, kubelet enabled. */
export async function practiceNode(image: string): Promise<PracticeNode> {
  const root = mkdtempSync(join(tmpdir(), "practice-node-"));
  cpSync(image, root, { recursive: true });
  const node = new PracticeNode(root, await freeShift());
  node.write("proc/sys/net/ipv4/ip_forward", "1\n");
  node.write("proc/cpuinfo", "processor\t: 0\n\nprocessor\t: 1\n");
  node.write("proc/meminfo", "MemTotal:        2048000 kB\n");
  node.write("proc/swaps", "Filename\tType\tSize\tUsed\tPriority\n");
  node.write("proc/mounts", "cgroup2 /sys/fs/cgroup cgroup2 rw 0 0\n");
  node.write(
    "proc/self/mountinfo",
    "22 1 8:1 / / rw shared:1 - ext4 /dev/sda rw\n23 22 0:6 / /sys rw shared:2 - sysfs sysfs rw\n",
  );
  node.write("etc/os-release", 'PRETTY_NAME="Practice Linux"\n');
  for (const program of [
    "ip",
    "iptables",
    "mount",
    "nsenter",
    "ebtables",
    "ethtool",
    "socat",
    "tc",
    "touch",
    "conntrack",
  ]) {
    fake(node, program, "exit 0");
  }
  fake(node, "rc-update", 'echo "              kubelet | default"');
  fake(
    node,
    "rc-service",
    `case $2 in
start)
  . ${root}/var/lib/kubelet/kubeadm-flags.env
  kubelet --bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf --kubeconfig=/etc/kubernetes/kubelet.conf \\
    --config=/var/lib/kubelet/config.yaml $KUBELET_KUBEADM_ARGS >> ${root}/kubelet.log 2>&1 < /dev/null &
  echo $! > ${root}/kubelet.pid ;;
stop) [ ! -f ${root}/kubelet.pid ] || kill "$(cat ${root}/kubelet.pid)" 2> /dev/null; rm -f ${root}/kubelet.pid ;;
status) echo " * status: started" ;;
esac
exit 0`,
  );
  return node;
}

function fake(node: PracticeNode, name: string, body: string): void {
  chmodSync(node.write(join("fake", name), `#!/bin/sh\n${body}\n`), 0o755);
}

/** The shifts of nodes that live, also of those that are switched off. */
const given = new Set<number>();

/** A number that moves all well-known ports to free ones, and not to those of a file that is tested at the same time. */
async function freeShift(): Promise<number> {
  const worker = Number(process.env["VITEST_POOL_ID"] ?? 0) % 16;
  for (;;) {
    const shift = 1000 + (Math.floor(Math.random() * 12) * 16 + worker) * 100;
    const ports = [2379, 2380, 10_100, 10_248, 10_250, 10_257, 10_259].map((port) => port + shift);
    const free = given.has(shift) ? [false] : await Promise.all(ports.map(isFree));
    if (!free.every(Boolean) || given.has(shift)) continue;
    given.add(shift);
    return shift;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => {
      resolve(false);
    });
    probe.listen(port, "127.0.0.1", () => {
      probe.close(() => {
        resolve(true);
      });
    });
  });
}

export const TOKEN = "abcdef.0123456789abcdef";

/** The documents of an init on that node; `edit` changes the text. */
export function initDocuments(node: PracticeNode, edit: (text: string) => string = (text) => text): string {
  const text = `apiVersion: kubeadm.k8s.io/v1beta4
kind: InitConfiguration
bootstrapTokens:
  - token: ${TOKEN}
    ttl: 2h0m0s
nodeRegistration:
  name: master1.example.com
  criSocket: unix:///run/containerd/containerd.sock
  kubeletExtraArgs:
    - name: node-ip
      value: 127.0.0.1
localAPIEndpoint:
  advertiseAddress: 127.0.0.1
  bindPort: ${String(node.apiPort)}
timeouts:
  kubeletHealthCheck: 15s
  controlPlaneComponentHealthCheck: 15s
---
apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
kubernetesVersion: v1.36.1
clusterName: demo
controlPlaneEndpoint: localhost:${String(node.apiPort)}
apiServer:
  certSANs: [api.demo.example.com, 10.250.250.9]
networking:
  podSubnet: 10.244.0.0/16
  serviceSubnet: 10.96.0.0/12
---
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
cgroupDriver: cgroupfs
`;
  return node.write("kubeadm.yaml", edit(text));
}

/** The document of a join to a master. */
export function joinDocument(
  node: PracticeNode,
  master: PracticeNode,
  pin: string,
  edit: (text: string) => string = (text) => text,
): string {
  const text = `apiVersion: kubeadm.k8s.io/v1beta4
kind: JoinConfiguration
nodeRegistration:
  name: minion1.example.com
  criSocket: unix:///run/containerd/containerd.sock
  kubeletExtraArgs:
    - name: node-ip
      value: 127.0.0.2
discovery:
  bootstrapToken:
    token: ${TOKEN}
    apiServerEndpoint: localhost:${String(master.apiPort)}
    caCertHashes: ["${pin}"]
timeouts:
  discovery: 1s
  kubeletHealthCheck: 15s
  tlsBootstrap: 15s
`;
  return node.write("kubeadm.yaml", edit(text));
}

/** The pin in the join command that an init printed. */
export function pinOf(output: string): string {
  return /sha256:[0-9a-f]{64}/.exec(output)?.[0] ?? "";
}

/** The real kubectl, from ALPINE_K8S_TEST_KUBECTL or PATH, with the admin.conf of a master. */
export function kubectl(master: PracticeNode, args: readonly string[], input = ""): Promise<Ran> {
  const program = process.env["ALPINE_K8S_TEST_KUBECTL"] ?? "kubectl";
  const env = { PATH: process.env["PATH"], HOME: master.root };
  return runProgram(program, ["--kubeconfig", join(master.root, "etc/kubernetes/admin.conf"), ...args], env, input);
}
