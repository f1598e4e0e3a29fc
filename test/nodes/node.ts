import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import * as fs from "node:fs";
import { dirname, join } from "node:path";
import { nodeScript } from "../../src/templates/node-script.js";
import { packageTemplates } from "../../src/templates/package-files.js";
import type { Variables } from "./node-input.js";
import { buildRoot } from "./node-root.js";

const here = import.meta.dirname;

export type ScriptName = "shared" | "master" | "minion" | "reset" | "certs" | "serving" | "virtual-address";
export type Shell = "ash" | "dash";

/** The last line of a script. */
interface ScriptResult {
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

/** A condition as the script reported it: weight, state and reason. */
export function condition(run: ScriptRun, id: string): string {
  const found = run.conditions.get(id);
  return found ? `${found.weight} ${found.state} ${found.reason}` : "absent";
}

/**
 * A scratch root in its own mount, host name, process and network namespaces, with BusyBox and strict fakes of a node's
 * programs. Each fake records its calls and refuses unexpected ones.
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

  /** A complete node: every program is there, nothing is prepared. */
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
    const text = nodeScript(`${name}.sh`, packageTemplates());
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

  /** Runs sh text inside, with the fakes, and returns its output. */
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

  /** Sets a switch of the fakes, such as `api-down`. */
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

  /** Every file below the root that a script could change, with mode, content and modification time. */
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

/** The calls of kubeadm that change a node; the pid in names of a script's folders is shown as `.N`. */
export function kubeadmCalls(node: FakeNode): string[] {
  return node
    .calls()
    .filter((call) => /^kubeadm (init|join|reset)/.test(call))
    .map((call) => call.replaceAll(/\.\d+\//g, ".N/"));
}
