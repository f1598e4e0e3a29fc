import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
export const scriptsFolder = join(here, "../../templates/node");

export const caPem = "-----BEGIN CERTIFICATE-----\nTm90IGEgcmVhbCBjZXJ0aWZpY2F0ZQ==\n-----END CERTIFICATE-----\n";
export const caFingerprint = createHash("sha256").update("Not a real certificate").digest("hex");
export const caHash = `sha256:${"a".repeat(64)}`;
export const otherHash = `sha256:${"b".repeat(64)}`;
export const token = "abcdef.0123456789abcdef";
export const caKey = "-----BEGIN EC PRIVATE KEY-----\nVGhlIGtleSBpdHNlbGY=\n-----END EC PRIVATE KEY-----\n";

const base64 = (text: string): string => Buffer.from(text).toString("base64");
const initConfig = 'kind: InitConfiguration\nbootstrapTokens:\n  - token: "@TOKEN@"\n    ttl: 2h0m0s\n';
const joinConfig =
  'kind: JoinConfiguration\ndiscovery:\n  bootstrapToken:\n    token: "@TOKEN@"\n    apiServerEndpoint: api.demo.example.com:6443\n';

export type Variables = Readonly<Record<string, string>>;

/** What every script gets for master1 of the cluster `demo`. */
export const sharedVariables: Variables = {
  AK8S_NODE_NAME: "master1",
  AK8S_NODE_FQDN: "master1.example.com",
  AK8S_ROLE: "master",
  AK8S_NODE_ADDRESS: "10.250.250.2",
  AK8S_NODE_PREFIX: "24",
  AK8S_ADDRESS_OWNER: "vagrant",
  AK8S_ENDPOINT_NAME: "api.demo.example.com",
  AK8S_ENDPOINT_ADDRESS: "10.250.250.2",
  AK8S_KUBERNETES_VERSION: "v1.36.1",
  AK8S_CA_HASH: caHash,
  AK8S_CA_FINGERPRINT: caFingerprint,
  AK8S_CLOCK_EPOCH: "1800000000",
  AK8S_KUBELET_WAIT: "1",
  AK8S_API_WAIT: "1",
};
export const masterVariables: Variables = {
  ...sharedVariables,
  AK8S_KUBEADM_CONFIG_B64: base64(initConfig),
  AK8S_TOKEN: token,
  AK8S_CA_CRT_B64: base64(caPem),
  AK8S_CA_KEY_B64: base64(caKey),
};
export const minionVariables: Variables = {
  ...sharedVariables,
  AK8S_ROLE: "minion",
  AK8S_KUBEADM_CONFIG_B64: base64(joinConfig),
  AK8S_TOKEN: token,
};

export type ScriptName = "shared" | "master" | "minion" | "reset" | "certs";
export type Shell = "ash" | "dash";

/** The last line of a script. */
export interface ScriptResult {
  readonly script: string;
  readonly changed: readonly string[];
  readonly present: readonly string[];
  readonly warnings: readonly string[];
  readonly failed: readonly string[];
}

export interface ScriptRun {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly result: ScriptResult;
  /** State and reason by condition id. */
  readonly conditions: ReadonlyMap<string, { weight: string; state: string; reason: string }>;
  /** Values by key; repeated keys joined by newlines. */
  readonly facts: ReadonlyMap<string, string>;
}

/**
 * A scratch root in mount, host name, process and network namespaces of its own, with BusyBox and strict fakes of the
 * programs of a node. Each fake records its calls and refuses those that it was not made for.
 */
export class FakeNode {
  readonly root: string;
  readonly #holder: ChildProcess;
  readonly #pid: string;

  private constructor(root: string, holder: ChildProcess, pid: string) {
    this.root = root;
    this.#holder = holder;
    this.#pid = pid;
  }

  /** A complete node: every program there, nothing prepared. */
  static async start(): Promise<FakeNode> {
    if (process.getuid?.() !== 0) {
      throw new Error("the tests of the node scripts need root (namespaces and chroot); run them as root");
    }
    const root = await buildRoot();
    const holder = spawn(
      "unshare",
      ["--mount", "--uts", "--pid", "--net", "--fork", "--kill-child", "sh", join(here, "enter.sh"), root],
      { stdio: ["pipe", "pipe", "inherit"] },
    );
    await new Promise<void>((resolve, reject) => {
      holder.stdout.once("data", () => resolve());
      holder.once("exit", (code) => reject(new Error(`enter.sh ended with ${code}`)));
    });
    const children = fs.readFileSync(`/proc/${holder.pid}/task/${holder.pid}/children`, "utf8").trim();
    return new FakeNode(root, holder, children);
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.#holder.once("exit", resolve));
    this.#holder.stdin?.end();
    await ended;
    fs.rmSync(this.root, { recursive: true, force: true });
  }

  /** Starts a script; `finished` resolves when it has ended. The process is the leader of its own group. */
  launch(name: ScriptName, variables: Variables, shell: Shell = "ash"): { pid: number; finished: Promise<ScriptRun> } {
    const assignments = Object.entries(variables).map(([key, value]) => `${key}='${value.replaceAll("'", "'\\''")}'\n`);
    const text = fs.readFileSync(join(scriptsFolder, `${name}.sh`), "utf8");
    const prelude = shell === "ash" ? ". /fake/prelude\n" : "";
    this.write("/fake/script", prelude + assignments.join("") + text, 0o600);
    const child = spawn("nsenter", this.#inside([`/bin/${shell}`, "/fake/script"]), {
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
      env: { PATH: "/fake/bin:/bin", HOME: "/root", http_proxy: "http://127.0.0.1:9" },
    });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
    const finished = new Promise<ScriptRun>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code) => {
        try {
          resolve(parseRun(code ?? -1, stdout, stderr));
        } catch (error) {
          reject(new Error(`${name}.sh: ${String(error)}\n${stdout}\n${stderr}`));
        }
      });
    });
    return { pid: child.pid ?? 0, finished };
  }

  run(name: ScriptName, variables: Variables, shell: Shell = "ash"): Promise<ScriptRun> {
    return this.launch(name, variables, shell).finished;
  }

  /** Runs sh text inside, with the fakes, and returns what it says. */
  sh(text: string): string {
    return execFileSync("nsenter", this.#inside(["/bin/ash", "-c", `. /fake/prelude\n${text}`]), {
      encoding: "utf8",
      env: { PATH: "/fake/bin:/bin" },
    });
  }

  #inside(command: readonly string[]): string[] {
    return ["--target", this.#pid, "--mount", "--uts", "--pid", "--net", "/usr/sbin/chroot", this.root, ...command];
  }

  read(path: string): string {
    return fs.readFileSync(join(this.root, path), "utf8");
  }

  has(path: string): boolean {
    return fs.lstatSync(join(this.root, path), { throwIfNoEntry: false }) !== undefined;
  }

  mode(path: string): number {
    return fs.statSync(join(this.root, path)).mode & 0o777;
  }

  write(path: string, text: string, mode = 0o644): void {
    const full = join(this.root, path);
    fs.mkdirSync(dirname(full), { recursive: true });
    fs.writeFileSync(full, text, { mode });
  }

  remove(path: string): void {
    fs.rmSync(join(this.root, path), { recursive: true, force: true });
  }

  /** A switch of the fakes, such as `api-down`. */
  fake(name: string, text = ""): void {
    this.write(`/fake/${name}`, text);
  }

  calls(): string[] {
    return this.has("/fake/calls") ? this.read("/fake/calls").trim().split("\n") : [];
  }

  refused(): string {
    return this.has("/fake/refused") ? this.read("/fake/refused") : "";
  }

  forgetCalls(): void {
    for (const name of ["calls", "environment"]) this.remove(`/fake/${name}`);
  }

  /** Every file below the root that a script could change, with mode, content and time of its last change. */
  tree(): Map<string, string> {
    const found = new Map<string, string>();
    for (const folder of ["etc", "var", "opt", "usr", "root", "run", "home"]) collect(this.root, folder, found);
    return found;
  }
}

function collect(root: string, path: string, found: Map<string, string>): void {
  const full = join(root, path);
  const stat = fs.lstatSync(full, { throwIfNoEntry: false, bigint: true });
  if (!stat) return;
  if (stat.isDirectory()) {
    found.set(path, `folder ${stat.mode}`);
    for (const name of fs.readdirSync(full).sort()) collect(root, join(path, name), found);
  } else if (stat.isSymbolicLink()) {
    found.set(path, `link ${fs.readlinkSync(full)} ${stat.mtimeNs}`);
  } else {
    found.set(path, `${stat.mode} ${stat.mtimeNs} ${stat.isFile() ? fs.readFileSync(full, "utf8") : ""}`);
  }
}

function parseRun(code: number, stdout: string, stderr: string): ScriptRun {
  const lines = stdout.trimEnd().split("\n");
  const last = lines.at(-1) ?? "";
  if (!last.startsWith("@alpine-k8s ")) throw new Error(`the last line is no result: ${last}`);
  const conditions = new Map<string, { weight: string; state: string; reason: string }>();
  const facts = new Map<string, string>();
  for (const line of lines) {
    const [word, key = "", ...rest] = line.split(" ");
    if (word === "condition") {
      conditions.set(key, { weight: rest[0] ?? "", state: rest[1] ?? "", reason: rest.slice(2).join(" ") });
    } else if (word === "fact") {
      const before = facts.get(key);
      facts.set(key, before === undefined ? rest.join(" ") : `${before}\n${rest.join(" ")}`);
    }
  }
  const result = JSON.parse(last.slice("@alpine-k8s ".length)) as ScriptResult;
  return { code, stdout, stderr, result, conditions, facts };
}

/** A folder with BusyBox, dash, the fakes, and the files of an Alpine that nobody has prepared. */
async function buildRoot(): Promise<string> {
  const root = fs.mkdtempSync(join(tmpdir(), "ak8s-node-"));
  const put = (path: string, text: string, mode = 0o644): void => {
    fs.mkdirSync(dirname(join(root, path)), { recursive: true });
    fs.writeFileSync(join(root, path), text, { mode });
  };
  for (const folder of ["proc", "sys", "run/openrc/started", "tmp", "dev", "var/lib", "opt", "usr/libexec/cni"]) {
    fs.mkdirSync(join(root, folder), { recursive: true });
  }
  installPrograms(root, put);
  nodeFiles(root, put);
  put("dev/null", "");
  await makeSocket(join(root, "fake/socket"));
  return root;
}

function installPrograms(root: string, put: (path: string, text: string, mode?: number) => void): void {
  const busybox = fs.realpathSync("/usr/bin/busybox");
  fs.mkdirSync(join(root, "bin"), { recursive: true });
  fs.copyFileSync(busybox, join(root, "bin/busybox"));
  const applets = execFileSync(busybox, ["--list"], { encoding: "utf8" }).trim().split("\n");
  for (const applet of [...applets, "ash", "sh"]) {
    if (applet !== "busybox" && !fs.existsSync(join(root, "bin", applet))) {
      fs.symlinkSync("busybox", join(root, "bin", applet));
    }
  }
  for (const program of ["/usr/bin/dash"]) {
    fs.copyFileSync(fs.realpathSync(program), join(root, "bin/dash"));
    for (const [library] of execFileSync("ldd", [program], { encoding: "utf8" }).matchAll(/\/\S+/g)) {
      fs.mkdirSync(join(root, dirname(library)), { recursive: true });
      fs.copyFileSync(fs.realpathSync(library), join(root, library));
    }
  }
  // BusyBox's static shell runs its applets before it looks for programs: functions come before both.
  const fakes = fs.readdirSync(join(here, "fakes"));
  let prelude = "";
  for (const name of fakes) {
    const text = fs.readFileSync(join(here, "fakes", name), "utf8");
    if (name === "lib") {
      put("fake/lib", text);
    } else {
      put(`fake/bin/${name}`, text, 0o755);
      if (applets.includes(name)) prelude += `${name}() { /fake/bin/${name} "$@"; }\n`;
    }
  }
  put("fake/prelude", prelude);
}

function nodeFiles(root: string, put: (path: string, text: string, mode?: number) => void): void {
  put("fake/version", "v1.36.1\n");
  put("fake/kubelet-version", "v1.36.1\n");
  put("fake/clock", "1800000000\n");
  put("fake/ca.crt", caPem);
  put("fake/swaps", "Filename\tType\tSize\tUsed\tPriority\n");
  put("fake/meminfo", "MemTotal:        2097152 kB\n");
  put("fake/filesystems", "nodev\tproc\n\text4\nnodev\toverlay\n");
  put("fake/controllers", "cpuset cpu io memory pids\n");
  put("fake/containerd-default.toml", containerdConfig);
  put("fake/procsys/kernel/hostname", "");
  put("fake/procsys/kernel/osrelease", "6.18.1-0-virt\n");
  put("fake/procsys/kernel/random/uuid", "01234567-89ab-cdef-0123-456789abcdef\n");
  put("fake/procsys/net/ipv4/ip_forward", "0\n");
  put("fake/procsys/net/bridge/bridge-nf-call-iptables", "0\n");
  put("fake/procsys/net/bridge/bridge-nf-call-ip6tables", "0\n");
  put("fake/procsys/fs/inotify/max_user_watches", "8192\n");
  put("fake/procsys/fs/inotify/max_user_instances", "128\n");
  put("fake/sys/devices/system/cpu/online", "0-1\n");
  put("fake/sys/class/dmi/id/product_uuid", "11111111-2222-3333-4444-555555555555\n");
  put("fake/sys/class/net/eth0/type", "1\n");
  put("fake/sys/class/net/eth1/type", "1\n");
  put("fake/sys/class/net/lo/type", "772\n");
  fs.mkdirSync(join(root, "fake/sys/fs/cgroup"), { recursive: true });
  fs.mkdirSync(join(root, "fake/sys/fs/bpf"), { recursive: true });
  put("etc/alpine-release", "3.24.1\n");
  put("etc/hostname", "alpine\n");
  put("etc/hosts", "127.0.0.1 localhost\n127.0.2.1 master1.example.com master1\n::1 localhost\n");
  put("etc/passwd", "root:x:0:0:root:/root:/bin/ash\nvagrant:x:1000:1000::/home/vagrant:/bin/ash\n");
  put("etc/resolv.conf", "nameserver 10.0.2.3\n");
  put("etc/fstab", "/dev/vda1 / ext4 rw 0 1\n");
  put("etc/conf.d/kubelet", 'command_args="--config=/var/lib/kubelet/config.yaml"\n');
  for (const service of ["kubelet", "containerd", "cgroups"])
    put(`etc/init.d/${service}`, "#!/sbin/openrc-run\n", 0o755);
  put("etc/containerd/config.toml", containerdConfig);
  for (const plugin of ["bridge", "host-local", "loopback", "portmap"]) {
    put(`usr/libexec/cni/${plugin}`, plugin, 0o755);
  }
}

async function makeSocket(path: string): Promise<void> {
  const live = `${path}.live`;
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(live, resolve));
  execFileSync("cp", ["-a", live, path]);
  await new Promise((resolve) => server.close(resolve));
}

const containerdConfig = `version = 3
root = '/var/lib/containerd'

[plugins]
  [plugins.'io.containerd.cri.v1.images']
    snapshotter = 'overlayfs'

    [plugins.'io.containerd.cri.v1.images'.pinned_images]
      sandbox = 'registry.k8s.io/pause:3.10.1'

  [plugins.'io.containerd.cri.v1.runtime']
    [plugins.'io.containerd.cri.v1.runtime'.cni]
      bin_dirs = ['/usr/libexec/cni']

    [plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]
      SystemdCgroup = false
`;
