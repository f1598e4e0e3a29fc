import { captureOutput } from "@oclif/test";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import TopNodesCommand from "../../src/commands/top/nodes.js";
import TopPodsCommand from "../../src/commands/top/pods.js";
import type { Tools } from "../../src/engine/tools.js";
import { errorFromAnswer } from "../../src/kube/kube-error.js";
import type { KubeObject } from "../../src/kube/kube-object.js";
import type { TopNodes } from "../../src/operations/top/top-nodes.js";
import type { TopPods } from "../../src/operations/top/top-pods.js";
import { fakeApi } from "../operations/fake-api.js";
import { differences, documented } from "./documented.js";
import { Bench, ROOT, type Ran } from "./run-command.js";

const METRICS = "/apis/metrics.k8s.io/v1beta1";
const SERVICE = "/apis/apiregistration.k8s.io/v1/apiservices/v1beta1.metrics.k8s.io";
const RUNNING = "fieldSelector=status.phase%3DRunning";

let bench: Bench;
/** What the API lists; an error is thrown. It refuses other paths. */
let lists: Map<string, readonly KubeObject[] | Error>;
let group: Error | undefined;
let service: KubeObject | undefined;
/** Called each time the command waits, with the milliseconds and how often it has. */
let onSleep: (milliseconds: number, count: number) => void;

beforeEach(async () => {
  bench = await Bench.create();
  await bench.run("up");
  bench.world.transcript.length = 0;
  [group, service] = [undefined, undefined];
  onSleep = () => {
    throw new Error("nothing is waited for");
  };
  lists = new Map([
    [`${METRICS}/nodes`, [measured("master1.example.com", "500m"), measured("minion1.example.com", "1")]],
    ["/api/v1/nodes", ["master1", "minion1", "minion2"].map((name) => node(`${name}.example.com`))],
    [`${METRICS}/pods`, [pod("web", "250m"), pod("db", "1"), pod("gone", "1")].map(withFigures)],
    [`/api/v1/pods?${RUNNING}`, [pod("web", "250m"), pod("db", "1"), pod("new", "0")]],
  ]);
});

const about = (name: string, namespace?: string): KubeObject => ({
  ...{ apiVersion: "", kind: "", metadata: { name, ...(namespace === undefined ? {} : { namespace }) } },
});
const measured = (name: string, cpu: string): KubeObject => ({
  ...about(name),
  ...{ timestamp: "2026-01-31T12:00:00Z", window: "10s", usage: { cpu, memory: "512Mi" } },
});
const node = (name: string): KubeObject => ({ ...about(name), status: { allocatable: { cpu: "2", memory: "2Gi" } } });
const pod = (name: string, cpu: string): KubeObject => ({
  ...{ ...about(name, "default"), spec: { nodeName: "minion1.example.com" }, cpu },
});
const withFigures = (one: KubeObject): KubeObject => ({
  ...one,
  ...{ timestamp: "2026-01-31T12:00:00Z", window: "10s" },
  containers: [
    { name: "app", usage: { cpu: one["cpu"], memory: "10Mi" } },
    { name: "side", usage: { cpu: "0", memory: "1Mi" } },
  ],
});
const refusal = (status: number, message: string): Error =>
  errorFromAnswer("GET x", status, JSON.stringify({ kind: "Status", message, reason: "ServiceUnavailable" }));

async function run(name: "nodes" | "pods", ...argv: string[]): Promise<Ran> {
  let count = 0;
  const tools = (): Promise<Tools> =>
    Promise.resolve({
      ...bench.world.tools(),
      clock: {
        now: () => 0,
        sleep: (milliseconds) => {
          count += 1;
          onSleep(milliseconds, count);
          return Promise.resolve();
        },
      },
      kube: () => Promise.resolve(api()),
    });
  class FakeNodes extends TopNodesCommand {
    static override id = "top:nodes";
    protected override tools = tools;
  }
  class FakePods extends TopPodsCommand {
    static override id = "top:pods";
    protected override tools = tools;
  }
  const command: { run(argv: string[], root: string): Promise<unknown> } = { nodes: FakeNodes, pods: FakePods }[name];
  const { stdout, stderr, error } = await captureOutput(() =>
    command.run(["--dir", bench.world.folder, ...argv], ROOT),
  );
  return { stdout, stderr, exitCode: error === undefined ? 0 : (error.oclif?.exit ?? 1) };
}

function api(): ReturnType<typeof fakeApi> {
  return {
    ...fakeApi(bench.world),
    groupPath: (name) => {
      if (name !== "metrics.k8s.io") throw new Error(`the fake API knows no group ${name}`);
      return group === undefined ? Promise.resolve(METRICS) : Promise.reject(group);
    },
    list: (path) => {
      const found = lists.get(path) ?? new Error(`the fake API knows no ${path}`);
      return found instanceof Error ? Promise.reject(found) : Promise.resolve(found);
    },
    find: (path) =>
      path === SERVICE ? Promise.resolve(service) : Promise.reject(new Error(`the fake API knows no ${path}`)),
  };
}

const rowsOf = ({ stdout }: Ran): string[] => stdout.split("\n").map((line) => line.trim().split(/ {2,}/)[0] ?? "");

describe("top nodes", () => {
  it("shows what each node uses, the busiest first, and asks no node", async () => {
    const { stdout, stderr, exitCode } = await run("nodes");
    expect([stderr, exitCode]).toEqual(["", 0]);
    expect(stdout).toBe(
      [
        "Cluster demo: 3 node(s), measured 2026-01-31T12:00:00Z over 10 s.",
        "",
        "NODE                   CPU  SHARE   MEMORY  SHARE",
        "minion1.example.com  1000m    50%  512 MiB    25%",
        "master1.example.com   500m    25%  512 MiB    25%",
        "minion2.example.com      -      -        -      -",
        "",
      ].join("\n"),
    );
    expect(bench.world.transcript).toEqual([]);
  });

  it("sorts as asked, and refuses what it cannot sort by", async () => {
    expect(rowsOf(await run("nodes", "--sort", "name")).slice(3, 5)).toEqual([
      "master1.example.com",
      "minion1.example.com",
    ]);
    const { stderr, exitCode } = await run("nodes", "--sort", "age");
    expect(exitCode).toBe(2);
    expect(stderr).toContain("--sort=age");
  });

  it("-o json gives the documented document alone, with plain numbers", async () => {
    const { stdout } = await run("nodes", "-o", "json");
    const seen = JSON.parse(stdout) as TopNodes;
    expect(differences({ ...seen }, documented("`top nodes -o json`"))).toEqual([]);
    expect(seen.nodes[0]).toEqual({
      ...{ name: "minion1.example.com", cpu: 1, cpuAllocatable: 2, memory: 2 ** 29, memoryAllocatable: 2 ** 31 },
      ...{ timestamp: "2026-01-31T12:00:00Z", window: 10 },
    });
    expect(seen.nodes[2]).toMatchObject({ cpu: null, memory: null, timestamp: null, window: null });
  });
});

describe("top pods", () => {
  it("shows running pods that have figures, with the sum of their containers", async () => {
    const { stdout, exitCode } = await run("pods");
    expect(exitCode).toBe(0);
    expect(stdout).toBe(
      [
        "Cluster demo: 2 running pod(s), measured 2026-01-31T12:00:00Z over 10 s.",
        "",
        "NAMESPACE  POD  NODE                   CPU  MEMORY",
        "default    db   minion1.example.com  1000m  11 MiB",
        "default    web  minion1.example.com   250m  11 MiB",
        "",
        "1 more pod(s) run that have no figures yet.",
        "",
      ].join("\n"),
    );
  });

  it("asks only for those of a namespace and a node, and shows the first", async () => {
    const filter = `${RUNNING}%2Cspec.nodeName%3Dminion1.example.com`;
    const pods = [pod("web", "250m"), pod("db", "1")];
    lists = new Map([
      [`${METRICS}/namespaces/default/pods`, pods.map(withFigures)],
      [`/api/v1/namespaces/default/pods?${filter}`, pods],
    ]);
    const ran = await run("pods", "-n", "default", "--node", "minion1", "--limit", "1", "--sort", "cpu");
    expect(ran.stdout).toContain("Cluster demo: 1 of 2 running pod(s)");
    expect(rowsOf(ran).filter((first) => first === "default")).toHaveLength(1);
  });

  it("-o json gives the documented document alone", async () => {
    const { stdout } = await run("pods", "-o", "json", "--limit", "1");
    const seen = JSON.parse(stdout) as TopPods;
    expect(differences({ ...seen }, documented("`top pods -o json`"))).toEqual([]);
    expect(seen).toMatchObject({ omitted: 1, withoutFigures: 1 });
    expect(seen.pods).toEqual([
      {
        ...{ namespace: "default", name: "db", node: "minion1.example.com", cpu: 1, memory: 11 * 2 ** 20 },
        ...{ timestamp: "2026-01-31T12:00:00Z", window: 10 },
      },
    ]);
  });

  it("of a namespace without pods is no error", async () => {
    lists = new Map(["apis/metrics.k8s.io/v1beta1", "api/v1"].map((at) => [`/${at}/namespaces/none/pods`, []]));
    lists.set(`/api/v1/namespaces/none/pods?${RUNNING}`, []);
    expect(await run("pods", "-n", "none")).toEqual({
      stdout: "Cluster demo: 0 running pod(s).\n",
      stderr: "",
      exitCode: 0,
    });
  });

  it.each([
    [["--node", "minion9"], "Error: cluster demo has no node minion9; it has master1, minion1, minion2\n"],
    [["-n", "../nodes"], "Error: --namespace ../nodes: a namespace has no such name\n"],
    [["--limit", "0"], "--limit"],
  ])("refuses %j: exit 2", async (argv, message) => {
    const { stderr, exitCode } = await run("pods", ...argv);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(message);
  });
});

describe("without figures", () => {
  it("because there is no metrics API: exit 3, with what to type", async () => {
    group = refusal(404, "the server could not find the requested resource");
    for (const name of ["nodes", "pods"] as const) {
      const { stdout, stderr, exitCode } = await run(name);
      expect([stdout, exitCode]).toEqual(["", 3]);
      expect(stderr).toContain("Error: the cluster has no metrics API (metrics.k8s.io): metrics-server");
      expect(stderr).toContain("Try:\n  alpine-k8s addons enable metrics-server\n");
    }
  });

  it("because what serves it does not answer: exit 4, with the API's reason for that", async () => {
    lists.set(`${METRICS}/nodes`, refusal(503, "the server is currently unable to handle the request"));
    const conditions = [{ type: "Available", status: "False", reason: "MissingEndpoints", message: "no endpoints" }];
    service = { ...about("v1beta1.metrics.k8s.io"), status: { conditions } };
    const { stderr, exitCode } = await run("nodes");
    expect(exitCode).toBe(4);
    expect(stderr).toContain(
      "Error: the cluster has the metrics API, but it does not answer: no endpoints\nTry:\n  wait a minute",
    );
    service = undefined;
    expect((await run("nodes")).stderr).toContain("does not answer: GET x: the server is currently unable");
  });

  it("because it has just started: exit 4, and it says so", async () => {
    lists.set(`${METRICS}/nodes`, []).set(`${METRICS}/pods`, []);
    const nodes = await run("nodes");
    expect(nodes.exitCode).toBe(4);
    expect(nodes.stderr).toContain("has no figures of any node yet: metrics-server has just started");
    const pods = await run("pods", "-o", "json");
    expect(pods.exitCode).toBe(4);
    expect(JSON.parse(pods.stdout)).toMatchObject({ error: { kind: "unhealthy", exitCode: 4 } });
    expect(pods.stderr).toContain("3 pod(s) run, and the metrics API has no figures of any yet");
  });

  it("because the API refuses: its own words", async () => {
    lists.set(`${METRICS}/nodes`, refusal(403, "nodes.metrics.k8s.io is forbidden"));
    const { stderr, exitCode } = await run("nodes");
    expect(exitCode).toBe(4);
    expect(stderr).toContain("nodes.metrics.k8s.io is forbidden");
  });
});

describe("--watch", () => {
  afterEach(() => expect(process.listenerCount("SIGINT")).toBe(0));

  const endAfter = (looks: number, change: (count: number) => void = () => undefined): number[] => {
    const waits: number[] = [];
    onSleep = (milliseconds, count) => {
      waits.push(milliseconds);
      change(count);
      if (count === looks) process.emit("SIGINT");
    };
    return waits;
  };

  it("in a pipe prints one after the other until Ctrl-C, which ends it with 0", async () => {
    const waits = endAfter(3, (count) => lists.set(`${METRICS}/nodes`, [measured("minion1.example.com", `${count}m`)]));
    const { stdout, stderr, exitCode } = await run("nodes", "--watch");
    expect([stderr, exitCode]).toEqual(["", 0]);
    expect(stdout.match(/^Cluster demo: /gm)).toHaveLength(3);
    expect(stdout.match(/^minion1.example.com +(\S+)/gm)?.map((row) => row.split(/ +/)[1])).toEqual([
      "1000m",
      "1m",
      "2m",
    ]);
    expect(stdout).not.toContain("\u001b");
    expect(waits).toEqual([2000, 2000, 2000]);
  });

  it("waits as long as asked", async () => {
    const waits = endAfter(1);
    expect((await run("pods", "--watch", "--interval", "7")).exitCode).toBe(0);
    expect(waits).toEqual([7000]);
  });

  it("goes on where the figures are away for a while", async () => {
    const figures = lists.get(`${METRICS}/nodes`) ?? [];
    endAfter(3, (count) => lists.set(`${METRICS}/nodes`, count === 1 ? refusal(503, "unable") : figures));
    const { stdout, exitCode } = await run("nodes", "--watch");
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/does not answer: .*unable.*\nlooking again, until Ctrl-C\n\nCluster demo: /);
  });

  it("ends with what cannot pass, and where nothing was seen at all", async () => {
    endAfter(9, () => lists.set(`${METRICS}/nodes`, refusal(403, "forbidden now")));
    expect(await run("nodes", "--watch")).toMatchObject({
      exitCode: 4,
      stderr: expect.stringContaining("forbidden now") as string,
    });
    group = refusal(404, "not found");
    expect((await run("nodes", "--watch")).exitCode).toBe(3);
  });

  it.each([
    [["--watch", "-o", "json"], "--watch has no end, so it cannot print a JSON document"],
    [["--interval", "3"], "--watch"],
    [["--watch", "--interval", "0"], "--interval"],
  ])("refuses %j: exit 2", async (argv, message) => {
    const { stdout, stderr, exitCode } = await run("nodes", ...argv);
    expect(exitCode).toBe(2);
    expect(stdout + stderr).toContain(message);
  });
});
