import type { Tools } from "../../src/engine/tools.js";
import type { KubeApi, KubeObject, PodRef, Eviction } from "../../src/kube/kube-api.js";
import type { FakeWorld } from "./fake-world.js";

/** A pod of the fake cluster; tests change it. */
export interface FakePod {
  readonly name: string;
  readonly node: string;
  /** Kind of its controller; empty for a pod without one. */
  owner: string;
  emptyDir: boolean;
  mirror: boolean;
  /** Does not terminate when it is deleted. */
  stubborn: boolean;
  ending: boolean;
  /** The disruption budget that covers it. */
  budget: string;
}

/** The fake world itself answers for this namespace. */
const SYSTEM = "/api/v1/namespaces/kube-system/";

const BUDGET = /^\/apis\/(policy\/\w+)\/namespaces\/default\/poddisruptionbudgets\/(\w+)$/;

/** Node objects, pods and disruption budgets of a world with a running cluster; it refuses unknown requests. */
export class FakeCluster {
  readonly nodes: Map<string, { unschedulable: boolean; ready: string; labels: Record<string, string> }>;
  readonly pods: FakePod[] = [];
  /** Disruptions allowed, by name of the budget. */
  readonly budgets = new Map<string, number>();
  /** The only version of the policy group that the API serves. */
  policy = "policy/v1";
  /** Why the API does not answer. */
  away: string | undefined;

  constructor(
    readonly world: FakeWorld,
    names: readonly string[],
  ) {
    this.nodes = new Map(names.map((name) => [`${name}.example.com`, newNode()]));
  }

  pod(name: string, node: string, change: Partial<FakePod> = {}): FakePod {
    const plain = { owner: "ReplicaSet", emptyDir: false, mirror: false, stubborn: false, ending: false, budget: "" };
    const pod: FakePod = { name, node, ...plain, ...change };
    this.pods.push(pod);
    return pod;
  }

  tools(): Tools {
    const tools = this.world.tools();
    return { ...tools, kube: async (input) => this.#kube(await tools.kube(input)) };
  }

  #kube(base: KubeApi): KubeApi {
    const record = (line: string): void => this.world.record(`api ${line}`);
    return {
      ...base,
      readyz: () => Promise.resolve(this.away),
      find: (path) => {
        record(`GET ${path}`);
        return Promise.resolve(this.#find(path));
      },
      list: (path) => {
        if (path.startsWith(SYSTEM)) return base.list(path);
        record(`GET ${path}`);
        const node = /^\/api\/v1\/pods\?fieldSelector=spec.nodeName%3D(\w+)\.example\.com$/.exec(path)?.[1];
        if (node === undefined) throw new Error(`the fake cluster knows no ${path}`);
        return Promise.resolve(this.pods.filter((pod) => pod.node === node).map(podObject));
      },
      patch: (path, patch, manager) => {
        record(`PATCH ${path} ${JSON.stringify(patch)} as ${manager}`);
        this.#node(path).unschedulable = true;
        return Promise.resolve();
      },
      groupPath: (group) => {
        record(`GET /apis/${group}`);
        if (group !== "policy") throw new Error(`the fake cluster knows no API group ${group}`);
        return Promise.resolve(`/apis/${this.policy}`);
      },
      evict: (pod) => {
        record(`EVICT ${pod.name}`);
        return Promise.resolve(this.#evict(pod));
      },
      delete: (path) => {
        if (path.startsWith(SYSTEM)) return base.delete(path);
        record(`DELETE ${path}`);
        this.#delete(path);
        return Promise.resolve();
      },
    };
  }

  #find(path: string): KubeObject | undefined {
    const [, version, budget] = BUDGET.exec(path) ?? [];
    if (version === this.policy && budget !== undefined)
      return object("PodDisruptionBudget", budget, this.#allowed(budget));
    const name = /^\/api\/v1\/nodes\/(\S+)$/.exec(path)?.[1];
    if (name === undefined) throw new Error(`the fake cluster knows no ${path}`);
    const node = this.nodes.get(name);
    if (node === undefined) return undefined;
    const { unschedulable, ready, labels } = node;
    const status = { conditions: [{ type: "Ready", status: ready }] };
    return { apiVersion: "v1", kind: "Node", metadata: { name, labels }, spec: { unschedulable }, status };
  }

  #allowed(budget: string): Record<string, unknown> {
    return { status: { disruptionsAllowed: this.budgets.get(budget) ?? 0 } };
  }

  #node(path: string): { unschedulable: boolean } {
    const node = this.nodes.get(path.split("/").at(-1) ?? "");
    if (node === undefined) throw new Error(`the fake cluster has no ${path}`);
    return node;
  }

  #evict({ name }: PodRef): Eviction {
    const pod = this.pods.find((one) => one.name === name);
    if (pod === undefined) return { outcome: "gone" };
    const allowed = pod.budget === "" ? 1 : (this.budgets.get(pod.budget) ?? 0);
    if (allowed <= 0) {
      const reason = `The disruption budget ${pod.budget} needs 2 healthy pods and has 2 currently`;
      return { outcome: "refused", reason, budget: pod.budget };
    }
    this.#end(pod);
    return { outcome: "evicted" };
  }

  #end(pod: FakePod): void {
    pod.ending = true;
    const dead = this.nodes.get(`${pod.node}.example.com`)?.ready === "Unknown";
    if (!pod.stubborn && !dead) this.pods.splice(this.pods.indexOf(pod), 1);
  }

  #delete(path: string): void {
    const name = path.split("/").at(-1) ?? "";
    if (path.startsWith("/api/v1/nodes/")) {
      this.nodes.delete(name);
      const rest = this.pods.filter((pod) => `${pod.node}.example.com` !== name);
      this.pods.splice(0, this.pods.length, ...rest);
      return;
    }
    const pod = this.pods.find((one) => path === `/api/v1/namespaces/default/pods/${one.name}`);
    if (pod === undefined) throw new Error(`the fake cluster has no ${path}`);
    this.#end(pod);
  }
}

function newNode(): { unschedulable: boolean; ready: string; labels: Record<string, string> } {
  return { unschedulable: false, ready: "True", labels: {} };
}

function object(kind: string, name: string, more: Record<string, unknown>): KubeObject {
  return { apiVersion: "v1", kind, metadata: { name, namespace: "default" }, ...more };
}

function podObject(pod: FakePod): KubeObject {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      ...{ name: pod.name, namespace: "default", uid: `uid-of-${pod.name}` },
      ...(pod.owner === "" ? {} : { ownerReferences: [{ kind: pod.owner, controller: true }] }),
      ...(pod.mirror ? { annotations: { "kubernetes.io/config.mirror": "x" } } : {}),
      ...(pod.ending ? { deletionTimestamp: "2026-01-01T00:00:00Z" } : {}),
    },
    spec: { volumes: pod.emptyDir ? [{ emptyDir: {} }] : [] },
    status: { phase: "Running" },
  };
}
