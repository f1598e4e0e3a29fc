import { describe, expect, it } from "vitest";
import type { TopNodes } from "../../src/operations/top/top-nodes.js";
import type { TopPods } from "../../src/operations/top/top-pods.js";
import { differences, documented } from "./documented.js";
import { METRICS, RUNNING, about, pod, refusal, rowsOf, run, stage, withFigures } from "./top-stage.js";

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
    expect(stage.bench.world.transcript).toEqual([]);
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
    stage.lists = new Map([
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
    stage.lists = new Map(["apis/metrics.k8s.io/v1beta1", "api/v1"].map((at) => [`/${at}/namespaces/none/pods`, []]));
    stage.lists.set(`/api/v1/namespaces/none/pods?${RUNNING}`, []);
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
    stage.group = refusal(404, "the server could not find the requested resource");
    for (const name of ["nodes", "pods"] as const) {
      const { stdout, stderr, exitCode } = await run(name);
      expect([stdout, exitCode]).toEqual(["", 3]);
      expect(stderr).toContain("Error: the cluster has no metrics API (metrics.k8s.io): metrics-server");
      expect(stderr).toContain("Try:\n  alpine-k8s addons enable metrics-server\n");
    }
  });

  it("because what serves it does not answer: exit 4, with the API's reason for that", async () => {
    stage.lists.set(`${METRICS}/nodes`, refusal(503, "the server is currently unable to handle the request"));
    const conditions = [{ type: "Available", status: "False", reason: "MissingEndpoints", message: "no endpoints" }];
    stage.service = { ...about("v1beta1.metrics.k8s.io"), status: { conditions } };
    const { stderr, exitCode } = await run("nodes");
    expect(exitCode).toBe(4);
    expect(stderr).toContain(
      "Error: the cluster has the metrics API, but it does not answer: no endpoints\nTry:\n  wait a minute",
    );
    stage.service = undefined;
    expect((await run("nodes")).stderr).toContain("does not answer: GET x: the server is currently unable");
  });

  it("because it has just started: exit 4, and it says so", async () => {
    stage.lists.set(`${METRICS}/nodes`, []).set(`${METRICS}/pods`, []);
    const nodes = await run("nodes");
    expect(nodes.exitCode).toBe(4);
    expect(nodes.stderr).toContain("has no figures of any node yet: metrics-server has just started");
    const pods = await run("pods", "-o", "json");
    expect(pods.exitCode).toBe(4);
    expect(JSON.parse(pods.stdout)).toMatchObject({ error: { kind: "unhealthy", exitCode: 4 } });
    expect(pods.stderr).toContain("3 pod(s) run, and the metrics API has no figures of any yet");
  });

  it("because the API refuses: its own words", async () => {
    stage.lists.set(`${METRICS}/nodes`, refusal(403, "nodes.metrics.k8s.io is forbidden"));
    const { stderr, exitCode } = await run("nodes");
    expect(exitCode).toBe(4);
    expect(stderr).toContain("nodes.metrics.k8s.io is forbidden");
  });
});
