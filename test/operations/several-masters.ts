import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import {
  removeNode,
  type RemoveNodeInput,
  type RemoveNodeSummary,
} from "../../src/operations/remove-node/remove-node.js";
import { up } from "../../src/operations/up/up.js";
import { AlpineK8sError } from "../../src/base/errors.js";
import { FakeCluster } from "./fake-cluster.js";
import { FakeWorld, SPEC } from "./fake-world.js";

const NODES = ["master1", "master2", "master3", "minion1"];
export const THREE = `${SPEC}  nodes: { masters: { count: 3 }, minions: { count: 1 } }\n`;
export const HOSTS = `apiVersion: alpine-k8s/v1
kind: Cluster
metadata: { name: demo }
spec:
  kubernetes: { version: "v1.36.1" }
  addons: [{ name: canal, manifest: network.yaml }]
  provider: hosts
  hosts:
    - { name: master1, role: master, address: 10.250.250.2 }
    - { name: master2, role: master, address: 10.250.250.3 }
    - { name: master3, role: master, address: 10.250.250.4 }
    - { name: minion1, role: minion, address: 10.250.250.10 }
`;
export const TWO_LEFT =
  "2 masters: etcd needs a majority of them, so the cluster survives the loss of none; 3 survive the loss of one";

export let world: FakeWorld;
export let cluster: FakeCluster;

export async function begin(spec: string, nodes: readonly string[] = NODES): Promise<void> {
  world = await FakeWorld.create(spec);
  await up({ ...around(), tools: world.tools(), overrides: {} });
  cluster = new FakeCluster(world, nodes);
  world.transcript.splice(0);
  world.step = "before";
}

export const path = (name: string): string => join(world.folder, name);
export const around = (): Pick<RemoveNodeInput, "folder" | "progress" | "signal"> => ({
  ...{ folder: world.folder, progress: world.progress(), signal: new AbortController().signal },
});

export function remove(name: string, more: Partial<RemoveNodeInput> = {}): Promise<RemoveNodeSummary> {
  const confirm = (): Promise<boolean> => Promise.resolve(true);
  return removeNode({ ...around(), name, force: false, timeout: 10_000, confirm, tools: cluster.tools(), ...more });
}

export async function refusal(name: string, more: Partial<RemoveNodeInput> = {}): Promise<AlpineK8sError> {
  const error: unknown = await remove(name, more).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(AlpineK8sError);
  return error as AlpineK8sError;
}

/** Leaves the former masters in the hosts files of these nodes. */
export function endpointMoves(...names: readonly string[]): void {
  for (const name of names) world.machine(name).unmet.push("hosts-endpoint");
}

export const did = (pattern: RegExp): string[] =>
  world.transcript.flatMap((line) => {
    const command = line.split(" / ")[1] ?? "";
    return pattern.test(command) ? [command] : [];
  });
export const CHANGES = /PATCH|EVICT|DELETE|vagrant|reset|shared\.sh|member remove/;
export const spec = (): Promise<string> => readFile(path("alpine-k8s.yaml"), "utf8");
export const dead = { running: false, api: "down" } as const;
export const lose = (name: string): void =>
  void Object.assign(cluster.nodes.get(`${name}.example.com`) ?? {}, { ready: "Unknown" });
