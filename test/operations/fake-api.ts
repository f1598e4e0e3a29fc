import type { KubeApi, KubeObject } from "../../src/kube/kube-api.js";
import { tokenSecretPath } from "../../src/kube/token-secret.js";
import type { FakeMachine } from "./fake-machine.js";
import type { FakeWorld } from "./fake-world.js";

/** The API of a fake world; it refuses unknown paths. */
export function fakeApi(world: FakeWorld): KubeApi {
  const refuse = (path: string): never => {
    throw new Error(`the fake API knows no ${path}`);
  };
  const members = (): [string, FakeMachine][] =>
    [...world.machines].filter(([, one]) => one.state === "finished" && !one.forgotten);
  const list = (path: string): KubeObject[] => {
    world.record(`api GET ${path}`);
    if (path === "/api/v1/nodes") return members().map(nodeOf);
    if (path.endsWith("/deployments")) return [workload("Deployment", "coredns", "kube-system")];
    if (path.endsWith("/daemonsets")) return [workload("DaemonSet", "practice-network", "kube-system")];
    const [, node] = PROXIES.exec(path) ?? [];
    if (node !== undefined) return [{ apiVersion: "v1", kind: "Pod", metadata: { name: `kube-proxy-${node}` } }];
    return refuse(path);
  };
  const find = (path: string): KubeObject | undefined => {
    world.record(`api GET ${withoutId(path)}`);
    const [, name] = /^\/api\/v1\/nodes\/(\w+)\.example\.com$/.exec(path) ?? [];
    return name === undefined
      ? world.objects.get(path)
      : members()
          .filter(([one]) => one === name)
          .map(nodeOf)[0];
  };
  return {
    via: "direct",
    description: "the fake API",
    get: refuse,
    text: refuse,
    find: <T>(path: string) => Promise.resolve(find(path) as T | undefined),
    list: <T>(path: string) => Promise.resolve(list(path) as T[]),
    apply: (objects) => {
      for (const object of objects) remember(world, object);
      world.record(`api APPLY ${objects.map((one) => withoutId(`${one.kind}/${one.metadata.name}`)).join(" ")}`);
      return Promise.resolve();
    },
    delete: (path, signal) => {
      world.record(`api DELETE ${withoutId(path)}`);
      signal?.throwIfAborted();
      for (const token of world.tokens) if (tokenSecretPath(token) === path) world.tokens.delete(token);
      return Promise.resolve();
    },
    patch: refuse,
    groupPath: refuse,
    evict: ({ name }) => refuse(`eviction of ${name}`),
    readyz: () => Promise.resolve(undefined),
    close: () => undefined,
  };
}

function withoutId(path: string): string {
  return path.replace(/(bootstrap-token-)[a-z0-9]{6}$/, "$1ID");
}

function remember(world: FakeWorld, object: KubeObject): void {
  const fields = (object["stringData"] ?? {}) as Readonly<Record<string, string>>;
  if (object.kind === "Secret") world.tokens.add(`${fields["token-id"] ?? ""}.${fields["token-secret"] ?? ""}`);
}

/** The kube-proxy pods of one node. */
const PROXIES =
  /^\/api\/v1\/namespaces\/kube-system\/pods\?labelSelector=k8s-app%3Dkube-proxy&fieldSelector=spec.nodeName%3D(\w+)\.example\.com$/;

function nodeOf([name, machine]: [string, FakeMachine]): KubeObject {
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name: `${name}.example.com` },
    spec: { unschedulable: machine.cordoned },
    status: {
      nodeInfo: { machineID: machine.facts["machine_id"] ?? "", systemUUID: machine.facts["product_uuid"] ?? "" },
      conditions: [{ type: "Ready", status: machine.ready ? "True" : "False" }],
      addresses: [{ type: "InternalIP", address: machine.address }],
    },
  };
}

function workload(kind: string, name: string, namespace: string): KubeObject {
  const all = { observedGeneration: 1, updatedReplicas: 2, availableReplicas: 2 };
  const daemon = { desiredNumberScheduled: 3, updatedNumberScheduled: 3, numberAvailable: 3 };
  return {
    apiVersion: "apps/v1",
    kind,
    metadata: { name, namespace, generation: 1 },
    spec: { replicas: 2 },
    status: { ...all, ...daemon },
  };
}
