import { captureOutput } from "@oclif/test";
import { beforeEach } from "vitest";
import TopNodesCommand from "../../src/commands/top/nodes.js";
import TopPodsCommand from "../../src/commands/top/pods.js";
import type { Tools } from "../../src/engine/tools.js";
import { errorFromAnswer } from "../../src/kube/kube-error.js";
import type { KubeObject } from "../../src/kube/kube-object.js";
import { fakeApi } from "../operations/fake-api.js";
import { Bench, ROOT, type Ran } from "./run-command.js";

export const METRICS = "/apis/metrics.k8s.io/v1beta1";
const SERVICE = "/apis/apiregistration.k8s.io/v1/apiservices/v1beta1.metrics.k8s.io";
export const RUNNING = "fieldSelector=status.phase%3DRunning";

interface Stage {
  bench: Bench;
  /** What the API lists; an error is thrown. It refuses other paths. */
  lists: Map<string, readonly KubeObject[] | Error>;
  /** Why the group of the metrics API cannot be asked for. */
  group: Error | undefined;
  /** The APIService of the metrics API. */
  service: KubeObject | undefined;
  /** Called each time the command waits, with the milliseconds and how often it has. */
  onSleep: (milliseconds: number, count: number) => void;
}

/** A cluster that is up, with figures of two of its three nodes; made anew for each test. */
export const stage = {} as Stage;

beforeEach(async () => {
  stage.bench = await Bench.create();
  await stage.bench.run("up");
  stage.bench.world.transcript.length = 0;
  [stage.group, stage.service] = [undefined, undefined];
  stage.onSleep = () => {
    throw new Error("nothing is waited for");
  };
  stage.lists = new Map([
    [`${METRICS}/nodes`, [measured("master1.example.com", "500m"), measured("minion1.example.com", "1")]],
    ["/api/v1/nodes", ["master1", "minion1", "minion2"].map((name) => node(`${name}.example.com`))],
    [`${METRICS}/pods`, [pod("web", "250m"), pod("db", "1"), pod("gone", "1")].map(withFigures)],
    [`/api/v1/pods?${RUNNING}`, [pod("web", "250m"), pod("db", "1"), pod("new", "0")]],
  ]);
});

export const about = (name: string, namespace?: string): KubeObject => ({
  ...{ apiVersion: "", kind: "", metadata: { name, ...(namespace === undefined ? {} : { namespace }) } },
});
export const measured = (name: string, cpu: string): KubeObject => ({
  ...about(name),
  ...{ timestamp: "2026-01-31T12:00:00Z", window: "10s", usage: { cpu, memory: "512Mi" } },
});
const node = (name: string): KubeObject => ({
  ...about(name),
  status: { allocatable: { cpu: "2", memory: "2Gi" } },
});
export const pod = (name: string, cpu: string): KubeObject => ({
  ...{ ...about(name, "default"), spec: { nodeName: "minion1.example.com" }, cpu },
});
export const withFigures = (one: KubeObject): KubeObject => ({
  ...one,
  ...{ timestamp: "2026-01-31T12:00:00Z", window: "10s" },
  containers: [
    { name: "app", usage: { cpu: one["cpu"], memory: "10Mi" } },
    { name: "side", usage: { cpu: "0", memory: "1Mi" } },
  ],
});
export const refusal = (status: number, message: string): Error =>
  errorFromAnswer("GET x", status, JSON.stringify({ kind: "Status", message, reason: "ServiceUnavailable" }));

export async function run(name: "nodes" | "pods", ...argv: string[]): Promise<Ran> {
  let count = 0;
  const tools = (): Promise<Tools> =>
    Promise.resolve({
      ...stage.bench.world.tools(),
      clock: {
        now: () => 0,
        sleep: (milliseconds) => {
          count += 1;
          stage.onSleep(milliseconds, count);
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
    command.run(["--dir", stage.bench.world.folder, ...argv], ROOT),
  );
  return { stdout, stderr, exitCode: error === undefined ? 0 : (error.oclif?.exit ?? 1) };
}

function api(): ReturnType<typeof fakeApi> {
  return {
    ...fakeApi(stage.bench.world),
    groupPath: (name) => {
      if (name !== "metrics.k8s.io") throw new Error(`the fake API knows no group ${name}`);
      return stage.group === undefined ? Promise.resolve(METRICS) : Promise.reject(stage.group);
    },
    list: (path) => {
      const found = stage.lists.get(path) ?? new Error(`the fake API knows no ${path}`);
      return found instanceof Error ? Promise.reject(found) : Promise.resolve(found);
    },
    find: (path) =>
      path === SERVICE ? Promise.resolve(stage.service) : Promise.reject(new Error(`the fake API knows no ${path}`)),
  };
}

export const rowsOf = ({ stdout }: Ran): string[] =>
  stdout.split("\n").map((line) => line.trim().split(/ {2,}/)[0] ?? "");
