import { readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { addNode, type AddNodeSummary } from "../../src/operations/add-node/add-node.js";
import type { AddNodeRequest } from "../../src/operations/add-node/choice.js";
import { differences, documented } from "./documented.js";
import { Bench } from "./run-command.js";

vi.mock("../../src/operations/add-node/add-node.js", { spy: true });

let bench: Bench;
beforeEach(async () => {
  vi.mocked(addNode).mockClear();
  bench = await Bench.create();
});

const wish = (): AddNodeRequest | undefined => vi.mocked(addNode).mock.lastCall?.[0].wish;
const plain = { name: undefined, count: 1, role: undefined, shape: {}, host: {} };

describe("add-node", () => {
  it("tells people the new node, steps and the next commands on stdout, progress on stderr", async () => {
    await bench.run("up");
    const { stdout, stderr, exitCode } = await bench.run("add-node");
    expect(exitCode).toBe(0);
    expect(stdout).toContain("Cluster demo has a node more, Ready.\n");
    expect(stdout).toMatch(/^minion3\.example\.com +minion +10\.250\.250\.12 +added$/m);
    expect(stdout).toMatch(/^Next:\n {2}kubectl --kubeconfig=\S+ get nodes$/m);
    expect(stderr).toMatch(/^ok Join the cluster/m);
  });

  it("with -o json prints the documented document alone", async () => {
    await bench.run("up");
    bench.world.machine("minion3").notice = "for practice only";
    const { stdout, exitCode } = await bench.run("add-node", "-o", "json");
    const summary = JSON.parse(stdout) as AddNodeSummary;
    expect(exitCode).toBe(0);
    expect(differences({ ...summary }, documented("`add-node -o json`"))).toEqual([]);
    expect(summary).toMatchObject({ cluster: "demo", specChanged: true, notices: ["for practice only"], warnings: [] });
    expect(summary.spec).toBe(join(bench.world.folder, "alpine-k8s.yaml"));
  });

  it("of a Ready member exits 0 and says that there is nothing to add", async () => {
    await bench.run("up");
    const { stdout, exitCode } = await bench.run("add-node", "minion1");
    expect(exitCode).toBe(0);
    expect(stdout).toContain("Nothing to add, Ready in cluster demo already: minion1.example.com.\n");
  });

  it.each<[string[], object]>([
    [[], {}],
    [["big", "--role", "minion"], { name: "big", role: "minion" }],
    [["--count", "3"], { count: 3 }],
    [
      ["--cpus=4", "--memory=8192", "--labels", "disk=ssd, zone=", "--taints", "disk=ssd:NoSchedule,old:NoExecute"],
      {
        shape: {
          ...{ cpus: 4, memory: 8192, labels: { disk: "ssd", zone: "" } },
          taints: [
            { key: "disk", value: "ssd", effect: "NoSchedule" },
            { key: "old", value: "", effect: "NoExecute" },
          ],
        },
      },
    ],
    [["--labels", ""], { shape: { labels: {} } }],
    [
      ["--address", "203.0.113.9", "--private-address", "10.0.0.9", "--port", "2222", "--user", "alpine"],
      { host: { address: "203.0.113.9", privateAddress: "10.0.0.9", port: 2222, user: "alpine" } },
    ],
    [
      ["--become", "doas", "--identity-file", "~/k", "--host-key", "ssh-ed25519 AAAA"],
      { host: { become: "doas", identityFile: "~/k", hostKey: "ssh-ed25519 AAAA" } },
    ],
  ])("%j asks for %j", async (argv, expected) => {
    await bench.run("add-node", ...argv);
    expect(wish()).toEqual({ ...plain, ...expected });
  });

  it.each([
    ["keys/k", "keys/k"],
    [join(import.meta.dirname, "k"), join(import.meta.dirname, "k")],
    ["~/k", "~/k"],
  ])("the key file %s in the cluster folder is written as %s", async (file, written) => {
    vi.spyOn(process, "cwd").mockReturnValue(bench.world.folder);
    await bench.run("add-node", "--identity-file", file);
    expect(wish()?.host).toEqual({ identityFile: written });
  });

  it("a key file is written as seen from the cluster folder, wherever it is typed", async () => {
    const outside = relative(process.cwd(), join(bench.world.folder, "../k"));
    await bench.run("add-node", "--identity-file", outside);
    expect(wish()?.host).toEqual({ identityFile: join(bench.world.folder, "../k") });
    await bench.run("add-node", "--identity-file", relative(process.cwd(), join(bench.world.folder, "keys/k")));
    expect(wish()?.host).toEqual({ identityFile: "keys/k" });
  });

  it.each([
    [["--labels", "disk"], '--labels: "disk" is not of the form key=value,key=value'],
    [["--labels", "a=1,a=2"], "--labels: a is given twice"],
    [["--taints", "a=b"], '--taints: "a=b" is not of the form key=value:EFFECT'],
    [["--taints", "a:Never"], '--taints: "a:Never" is not of the form'],
    [["--role", "master", "--count", "9"], "9 masters more do not fit"],
    [["--role", "worker"], "Expected --role=worker to be one of: minion, master"],
    [["--count", "0"], "Expected an integer greater than or equal to 1 but received: 0"],
    [["minion3", "--count", "2"], "--count 2 does not go with a name"],
    [["minion3", "minion4"], "Unexpected argument: minion4"],
  ])("%j: exit 2 with the reason, nothing written", async (argv, words) => {
    await bench.run("up");
    const spec = join(bench.world.folder, "alpine-k8s.yaml");
    const before = await readFile(spec, "utf8");
    const { stderr, exitCode } = await bench.run("add-node", ...argv);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(words);
    expect(await readFile(spec, "utf8")).toBe(before);
  });

  it("interrupted is continued by the same words: without them it would be another node", async () => {
    await bench.run("up");
    bench.world.onCommand = (line) => void (line.includes("facts") && process.emit("SIGINT"));
    const words = ["big", "--address", "10.250.250.50", "--cpus", "4", "--taints", "a=b:NoSchedule, c:NoSchedule"];
    const { stderr, exitCode } = await bench.run("add-node", ...words);
    expect(exitCode).toBe(130);
    expect(stderr).toContain(
      `Try:\n  to continue: alpine-k8s add-node --dir ${bench.world.folder} big --address 10.250.250.50 --cpus 4 --taints 'a=b:NoSchedule, c:NoSchedule'\n`,
    );
  });

  it("in a folder without a cluster: exit 2, with what to type", async () => {
    const { stderr, exitCode } = await bench.run("add-node");
    expect(exitCode).toBe(2);
    const { folder } = bench.world;
    expect(stderr).toBe(
      `Error: there is no cluster in ${folder}\nTry:\n  alpine-k8s up\n  each alpine-k8s command with: --dir ${folder}\n`,
    );
  });
});
