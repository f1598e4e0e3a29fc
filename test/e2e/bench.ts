import { spawn, type ChildProcess } from "node:child_process";
import { createHash } from "node:crypto";
import { cp, mkdir, readdir, readFile, readlink, rm, stat, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const ROOT = resolve(import.meta.dirname, "../..");
export const BENCH = join(ROOT, "practice/bench/bench.sh");

/** Folder of the practice cluster, whose boxes the tests use. The cluster itself may run beside them. */
const PRACTICE =
  process.env["ALPINE_K8S_PRACTICE_HOME"] ??
  join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "alpine-k8s", "practice");
const BOXES = process.env["ALPINE_K8S_PRACTICE_BOXES"] ?? join(PRACTICE, "boxes");

/** How many benches run beside each other. Machines wait a lot: two keep two cores busy. */
export const WORKERS = 2;

/** Folder of the bench of one of the workers, by vitest's number for it from 1: two benches know nothing of each other. */
export function benchHome(worker: string): string {
  return join(PRACTICE, `tests-${worker}`);
}

const HOME = benchHome(process.env["VITEST_POOL_ID"] ?? "1");

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly milliseconds: number;
}

export interface Running {
  readonly child: ChildProcess;
  readonly done: Promise<Outcome>;
  output(): string;
}

/** Starts a program of this computer; its output is collected. */
export function start(program: string, args: readonly string[], input?: string): Running {
  const started = performance.now();
  const child = spawn(program, args, {
    cwd: ROOT,
    env: {
      ...process.env,
      ALPINE_K8S_PRACTICE_HOME: HOME,
      ALPINE_K8S_PRACTICE_BOXES: BOXES,
      NO_COLOR: "1",
      CI: "true",
    },
    stdio: ["pipe", "pipe", "pipe"],
  });
  child.stdin.on("error", () => undefined).end(input);
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  const done = new Promise<Outcome>((onDone, onError) => {
    child.on("error", onError);
    child.on("close", (code) =>
      onDone({ code: code ?? 1, stdout, stderr, milliseconds: Math.round(performance.now() - started) }),
    );
  });
  return { child, done, output: () => stdout + stderr };
}

/** Runs a command inside the bench. */
export function inBench(...command: string[]): Promise<Outcome> {
  return start("bash", [BENCH, "exec", "--", ...command]).done;
}

/** Starts this worker's bench, with the box of a Kubernetes version. */
export async function startBench(version = "v1.36.1"): Promise<void> {
  for (const command of [["install"], ["box", version], ["start"]]) {
    const outcome = await start("bash", [BENCH, ...command]).done;
    if (outcome.code !== 0) throw new Error(`bench ${command.join(" ")}: ${outcome.stderr}`);
  }
}

/** A cluster folder for tests, below the bench's home. */
export class TestCluster {
  readonly folder: string;

  constructor(readonly name: string) {
    this.folder = join(HOME, "clusters", name);
  }

  /** Empties the folder and puts the practice spec into it, changed by `edit`. */
  async reset(edit: (spec: string) => string = (spec) => spec): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
    await mkdir(this.folder, { recursive: true });
    await cp(join(ROOT, "practice/standins/network.yaml"), join(this.folder, "network.yaml"));
    await this.editSpec(edit, await readFile(join(ROOT, "practice/alpine-k8s.yaml"), "utf8"));
  }

  async editSpec(edit: (spec: string) => string, text?: string): Promise<void> {
    const path = join(this.folder, "alpine-k8s.yaml");
    await writeFile(path, edit(text ?? (await readFile(path, "utf8"))));
  }

  start(...args: string[]): Running {
    return start("bash", [BENCH, "exec", "--", "node", "bin/run.js", ...args, "--dir", this.folder]);
  }

  /** Runs alpine-k8s on this folder inside the bench. */
  run(...args: string[]): Promise<Outcome> {
    return this.start(...args).done;
  }

  /** Sends a signal to the alpine-k8s that works on this folder inside the bench: the youngest process that matches. */
  async signal(signal: "SIGINT" | "SIGKILL"): Promise<void> {
    const found = await processesMatching(new RegExp(`^node bin/run\\.js .*--dir ${this.folder}$`));
    const pids = found.map((line) => Number(line.split(" ")[0]));
    if (pids.length === 0) throw new Error("the command to end is not running");
    process.kill(Math.max(...pids), signal);
  }

  kubectl(...args: string[]): Promise<Outcome> {
    return inBench("kubectl", `--kubeconfig=${this.folder}/admin.config`, ...args);
  }

  vagrant(...args: string[]): Promise<Outcome> {
    return inBench("env", `VAGRANT_CWD=${this.folder}`, "vagrant", ...args);
  }

  /** Runs a command as root on a node, over plain ssh with the cluster's own key and pins. */
  on(node: string, command: string, input?: string): Promise<Outcome> {
    const number = Number(node.replace(/\D+/, ""));
    const address = `10.250.250.${node.startsWith("master") ? 1 + number : 9 + number}`;
    const state = join(this.folder, ".alpine-k8s");
    const words = [
      "ssh",
      // Until a node is prepared it knows only the key that Vagrant made for it.
      ...[
        "-i",
        join(state, "ssh/id_ed25519"),
        "-i",
        join(this.folder, `.vagrant/machines/${node}/libvirt/private_key`),
      ],
      ...["-o", `UserKnownHostsFile=${join(state, "known_hosts")}`],
      // OpenSSH's first choice, against quantum computers, is slow under emulation.
      ...["-o", "KexAlgorithms=curve25519-sha256"],
      ...["-o", `HostKeyAlias=${node}`, "-o", "BatchMode=yes", "-o", "LogLevel=ERROR", "-o", "ConnectTimeout=15"],
      `vagrant@${address}`,
      `sudo sh -c ${quote(command)}`,
    ];
    return start("bash", [BENCH, "exec", "--", ...words], input).done;
  }

  /** Names of the cluster's nodes with their state, as the real kubectl sees them. */
  async nodes(): Promise<Record<string, string>> {
    const { stdout } = await this.kubectl("get", "nodes", "--no-headers");
    return Object.fromEntries(
      stdout
        .trim()
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => line.split(/\s+/).slice(0, 2) as [string, string]),
    );
  }

  uids(): Promise<Outcome> {
    return this.kubectl("get", "nodes", "-o", 'jsonpath={range .items[*]}{.metadata.name}={.metadata.uid}{"\\n"}{end}');
  }
}

export function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** Every file of a folder with a hash of its content and its mode, for "nothing changed". */
export async function treeOf(folder: string, leaveOut = /^\.vagrant/): Promise<Record<string, string>> {
  const tree: Record<string, string> = {};
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const name = path.slice(folder.length + 1);
    if (leaveOut.test(name)) continue;
    const { mode, mtimeMs } = await stat(path);
    const hash = createHash("sha256")
      .update(await readFile(path))
      .digest("hex")
      .slice(0, 16);
    tree[name] = `${(mode & 0o777).toString(8)} ${mtimeMs} ${hash}`;
  }
  return tree;
}

/** Processes inside this bench whose command line matches, with their ids. */
export async function processesMatching(pattern: RegExp): Promise<string[]> {
  const ours = await networkOf((await readFile(join(HOME, "keeper.pid"), "utf8")).trim());
  const found: string[] = [];
  for (const pid of await readdir("/proc")) {
    if (!/^\d+$/.test(pid)) continue;
    const words = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
    const line = words.replaceAll("\0", " ").trim();
    if (pattern.test(line) && (await networkOf(pid)) === ours) found.push(`${pid} ${line}`);
  }
  return found;
}

/** The network namespace of a process; nothing when it has ended. */
function networkOf(pid: string): Promise<string | undefined> {
  return readlink(`/proc/${pid}/ns/net`).catch(() => undefined);
}

/** Resolves when the check holds; throws after `atMost` milliseconds. */
export async function waitFor(check: () => boolean | Promise<boolean>, atMost = 300_000): Promise<void> {
  const started = performance.now();
  while (!(await check())) {
    if (performance.now() - started > atMost) throw new Error("waited too long");
    await sleep(100);
  }
}
