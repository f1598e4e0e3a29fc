import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { HOME, inBench, processesMatching, startInBench } from "./bench.js";
import { GIVEN } from "./given/settings.js";
import { hostLine, readGivenSpec, storySpec } from "./given/spec.js";
import type { Login } from "./machines.js";
import { expectDone, type Outcome, ROOT, type Running, waitFor } from "./programs.js";

/** A story's cluster folder, below the bench's home; alpine-k8s runs on it inside the bench. */
export class TestCluster {
  readonly folder: string;

  constructor(readonly name: string) {
    this.folder = join(HOME, "clusters", name);
  }

  /** Empties the folder and puts the network's manifest and the spec into it. */
  async reset(spec: string): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
    await mkdir(this.folder, { recursive: true });
    await cp(join(ROOT, "practice/network.yaml"), join(this.folder, "network.yaml"));
    await this.writeSpec(spec);
  }

  async writeSpec(spec: string): Promise<void> {
    await writeFile(join(this.folder, "alpine-k8s.yaml"), spec);
  }

  readSpec(): Promise<string> {
    return readFile(join(this.folder, "alpine-k8s.yaml"), "utf8");
  }

  start(...args: string[]): Running {
    return startInBench(["node", "bin/run.js", ...args, "--dir", this.folder]);
  }

  /** Runs alpine-k8s on this folder inside the bench; the times of an `up` are in the story's output. */
  async run(...args: string[]): Promise<Outcome> {
    const outcome = await this.start(...args).done;
    if (args[0] === "up") console.log(`up of ${this.name}: ${outcome.milliseconds} ms, exit code ${outcome.code}`);
    return outcome;
  }

  /**
   * `status` says within two minutes that all is well. For the moment after pods have moved or a node has begun anew
   * without `up`: what is not there yet is told then, as it should be.
   */
  async expectBecomesHealthy(): Promise<void> {
    await waitFor("the cluster is healthy", async () => (await this.run("status")).code === 0, 120_000);
    const status = await this.run("status");
    expectDone(status);
    expect(status.stdout).toContain("alpine-k8s up has nothing to do.");
  }

  /** Runs `alpine-k8s kubectl -- …`, which works even if this computer does not reach the API. */
  runKubectl(...args: string[]): Promise<Outcome> {
    return inBench("node", "bin/run.js", "kubectl", "--dir", this.folder, "--", ...args);
  }

  /** Runs a line in the shell of a node with `alpine-k8s ssh`. */
  ssh(node: string, line: string): Promise<Outcome> {
    return inBench("node", "bin/run.js", "ssh", node, "--dir", this.folder, "--", line);
  }

  /** Sends a signal to the alpine-k8s that works on this folder inside the bench: the newest process that matches. */
  async signal(signal: "SIGINT" | "SIGKILL"): Promise<void> {
    const found = await processesMatching(new RegExp(`^node bin/run\\.js .*--dir ${this.folder}$`));
    const pids = found.map((line) => Number(line.split(" ")[0]));
    if (pids.length === 0) throw new Error("the command to end is not running");
    process.kill(Math.max(...pids), signal);
  }

  /** The real kubectl with the cluster's admin.config. */
  kubectl(...args: string[]): Promise<Outcome> {
    return inBench("kubectl", `--kubeconfig=${this.folder}/admin.config`, ...args);
  }

  /** Applies objects with the real kubectl, through its standard input. */
  apply(...objects: readonly object[]): Promise<Outcome> {
    const list = JSON.stringify({ apiVersion: "v1", kind: "List", items: objects });
    return startInBench(["kubectl", `--kubeconfig=${this.folder}/admin.config`, "apply", "-f", "-"], list).done;
  }

  vagrant(...args: string[]): Promise<Outcome> {
    return inBench("env", `VAGRANT_CWD=${this.folder}`, "vagrant", ...args);
  }

  /** Names of the cluster's nodes with their state, as the real kubectl sees them. */
  async nodes(): Promise<Record<string, string>> {
    const { stdout } = await this.kubectl("get", "nodes", "--no-headers");
    return Object.fromEntries(lines(stdout).map((line) => line.split(/\s+/).slice(0, 2) as [string, string]));
  }

  /** Names and uids of the cluster's nodes, one per line, sorted. */
  async uids(): Promise<string[]> {
    const format = 'jsonpath={range .items[*]}{.metadata.name}={.metadata.uid}{"\\n"}{end}';
    return lines((await this.kubectl("get", "nodes", "-o", format)).stdout).sort();
  }

  /** Names of the bootstrap tokens in the cluster, as `secret/bootstrap-token-…`. */
  async tokens(): Promise<string[]> {
    const { stdout } = await this.kubectl("get", "secrets", "-n", "kube-system", "-o", "name");
    return lines(stdout)
      .filter((line) => line.startsWith("secret/bootstrap-token-"))
      .sort();
  }
}

export function lines(text: string): string[] {
  return text
    .trim()
    .split("\n")
    .filter((line) => line !== "");
}

/** The domain of the nodes, and so the second half of their names. */
export const DOMAIN = GIVEN?.domain ?? "example.com";

/** The version that a new cluster has. */
export const VERSION = GIVEN?.kubernetesVersion ?? "v1.20.2";

/** The second number of {@link VERSION}. */
export const MINOR = Number(VERSION.split(".")[1]);

/** A node's name in the cluster. */
export function fqdn(name: string): string {
  return `${name}.${DOMAIN}`;
}

/** The state of nodes that are all Ready, as {@link TestCluster.nodes} returns it. */
export function ready(...names: string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [fqdn(name), "Ready"]));
}

/**
 * A spec for `provider: hosts` on these machines; for given machines with everything else from their spec. `more` has
 * further lines of the spec, indented by two.
 */
export function hostsSpec(name: string, logins: readonly Login[], more = ""): string {
  if (GIVEN !== undefined) return storySpec(readGivenSpec(GIVEN.specFile), name, logins, more);
  return `apiVersion: alpine-k8s/v1
kind: Cluster
metadata: { name: ${name} }
spec:
  provider: hosts
  hosts:
${logins.map((login) => `    - ${hostLine(login)}`).join("\n")}
  addons: [{ name: canal, manifest: network.yaml }]
${more}`;
}

/** The output of `up --verbose` shows no init and no join; it may have waited for kubelets that had just started. */
export function expectNobodyJoins({ stdout, stderr }: Outcome): void {
  expect(stderr).toContain("Join the minions");
  expect(stdout + stderr).not.toMatch(/: kubeadm (init|join)/);
}
