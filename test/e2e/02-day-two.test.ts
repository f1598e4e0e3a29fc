import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bench, inBench, start, TestCluster, treeOf, waitFor, type Outcome } from "./bench.js";
import { expectDone } from "./expect-done.js";

const cluster = new TestCluster("day-two");
const fqdn = (name: string): string => `${name}.example.com`;
const ready = (...names: string[]): Record<string, string> =>
  Object.fromEntries(names.map((name) => [fqdn(name), "Ready"]));

beforeAll(async () => {
  for (const command of ["install", "box", "start"]) {
    const outcome = await bench(command);
    if (outcome.code !== 0) throw new Error(`bench ${command}: ${outcome.stderr}`);
  }
  await cluster.reset((spec) => spec.replace("minions: { count: 2,", "minions: { count: 1,"));
  expectDone(await cluster.run("up"));
});

afterAll(async () => {
  await cluster.run("destroy", "--yes");
});

/** Names and object ids of the cluster's nodes, one a line, sorted. */
async function uids(): Promise<string[]> {
  return (await cluster.uids()).stdout.trim().split("\n").sort();
}

/** The hypervisor's own command on a node's machine: no shutdown, no word to anybody. */
async function virsh(command: string, node: string, ...more: string[]): Promise<Outcome> {
  const { stdout } = await inBench("virsh", "list", "--all", "--name");
  const domain = stdout.split("\n").find((name) => name.endsWith(`-${node}`)) ?? node;
  return inBench("virsh", command, domain, ...more);
}

async function isRunning(node: string): Promise<boolean> {
  return (await virsh("domstate", node)).stdout.trim() === "running";
}

describe("getting at a cluster", () => {
  it("kubectl-config brings kubectl from a mirror, checked, and lists the nodes", async () => {
    const mirror = await serveKubectl();
    try {
      const outcome = await cluster.run("kubectl-config", "--mirror", "http://127.0.0.1:8901");
      expectDone(outcome);
      expect(outcome.stdout).toMatch(/master1\.example\.com +Ready/);
      expect(outcome.stdout).toMatch(/minion1\.example\.com +Ready/);
      const tree = await treeOf(cluster.folder);
      expect(tree["kubectl"]).toMatch(/^755 /);
      expect(tree["admin.config"]).toMatch(/^600 /);
    } finally {
      mirror.kill();
    }
  });

  it("kubectl -- passes words, standard input and the exit code on", async () => {
    const ours = ["node", "bin/run.js", "kubectl", "--dir", cluster.folder, "--"];
    expect((await inBench(...ours, "get", "nodes", "-o", "name")).stdout).toBe(
      "node/master1.example.com\nnode/minion1.example.com\n",
    );
    expect((await inBench(...ours, "get", "nothing-of-the-kind")).code).toBe(1);
  });

  it("ssh runs a command on a node and passes its exit code on", async () => {
    const ssh = ["node", "bin/run.js", "ssh", "minion1", "--dir", cluster.folder, "--"];
    const outcome = await inBench(...ssh, "echo", "a  b", "$HOME");
    expect([outcome.code, outcome.stdout]).toEqual([0, "a  b $HOME\n"]);
    expect((await inBench(...ssh, "sh", "-c", "exit 42")).code).toBe(42);
  });
});

/** A mirror inside the bench with the bench's kubectl under the cluster's version. */
async function serveKubectl(): Promise<{ kill(): void }> {
  const server = start("bash", ["practice/bench/bench.sh", "exec", "--", "node", "-e", MIRROR]);
  await waitFor(() => server.output().includes("ready"), 30_000);
  return server.child;
}

const MIRROR = `
const { createHash } = require("node:crypto");
const { execFileSync } = require("node:child_process");
const { readFileSync } = require("node:fs");
const program = readFileSync(execFileSync("sh", ["-c", "command -v kubectl"], { encoding: "utf8" }).trim());
const path = "/release/v1.36.1/bin/linux/amd64/kubectl";
const files = { [path]: program, [path + ".sha256"]: createHash("sha256").update(program).digest("hex") };
require("node:http")
  .createServer((request, response) => {
    const file = files[request.url];
    response.writeHead(file ? 200 : 404).end(file);
  })
  .listen(8901, "127.0.0.1", () => console.log("ready"));
`;

export { readFile, rm, writeFile, join, sleep, ready, uids, isRunning };
