import { INVENTORIES } from "../../src/addons/inventory/inventory.js";
import type { KubeApi, KubeObject } from "../../src/kube/kube-api.js";
import { SYSTEM_PODS } from "../../src/kube/kube-object.js";
import { PULLED_EVENTS } from "../../src/kube/times/pulled-images.js";
import { tokenSecretPath } from "../../src/kube/token-secret.js";
import { pathOf } from "./addons/object-path.js";
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
    if (path === CARRIERS) return world.address.carriers;
    if (path === SYSTEM_PODS) return members().flatMap(([name]) => podsOn(name));
    if (path === PULLED_EVENTS) return world.pulledEvents;
    if (path === CONFIG_MAPS || path === INVENTORIES) {
      const folder = path === CONFIG_MAPS ? `${CONFIG_MAPS}/` : `${ADDONS_RECORD.slice(0, -1)}-`;
      return [...world.objects].filter(([at]) => at.startsWith(folder)).map(([, one]) => one);
    }
    const [, node] = PODS_ON.exec(path) ?? [];
    if (node !== undefined) return [...podsOn(node)];
    return refuse(path);
  };
  const find = (path: string): KubeObject | undefined => {
    world.record(`api GET ${withoutId(path)}`);
    if (path === CLUSTER_INFO) return signedInfo(world);
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
    find: (path) => Promise.resolve(find(path)),
    list: (path) => Promise.resolve(list(path)),
    apply: (objects, _manager, _signal, how) => {
      if (how?.dryRun === true) return Promise.resolve();
      world.record(`api APPLY ${objects.map((one) => withoutId(`${one.kind}/${one.metadata.name}`)).join(" ")}`);
      for (const object of objects) remember(world, object);
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
    create: refuse,
    forward: ({ pod }) => refuse(`connection to ${pod}`),
    preview: (object) => Promise.resolve({ ...find(pathOf(object)), ...object }),
    pathOf: (object) => Promise.resolve(pathOf(object)),
    evict: ({ name }) => refuse(`eviction of ${name}`),
    readyz: () => Promise.resolve(undefined),
    close: () => undefined,
  };
}

const CONFIG_MAPS = "/api/v1/namespaces/kube-system/configmaps";

/** The path of the record of what was applied. */
export const ADDONS_RECORD = `${CONFIG_MAPS}/alpine-k8s-addons`;

function withoutId(path: string): string {
  return path.replace(/(bootstrap-token-)[a-z0-9]{6}$/, "$1ID");
}

function remember(world: FakeWorld, object: KubeObject): void {
  const fields = (object["stringData"] ?? {}) as Readonly<Record<string, string>>;
  if (object.kind !== "Secret") world.objects.set(pathOf(object), object);
  if (object.kind === "Secret") world.tokens.add(`${fields["token-id"] ?? ""}.${fields["token-secret"] ?? ""}`);
}

/** The pods that carry the address of all masters. */
const CARRIERS = `${SYSTEM_PODS}?labelSelector=alpine-k8s%2Faddon%3Dkube-vip`;

/** The system's pods on one node. */
const PODS_ON = /^\/api\/v1\/namespaces\/kube-system\/pods\?fieldSelector=spec.nodeName%3D(\w+)\.example\.com$/;

/** kube-proxy, a network that asks the API at the endpoint, and one that does not. */
function podsOn(node: string): readonly KubeObject[] {
  const pod = (name: string, host: string): KubeObject => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: `${name}-${node}`, labels: { "k8s-app": name } },
    spec: { hostNetwork: true, containers: [{ name, env: [{ name: "KUBERNETES_SERVICE_HOST", value: host }] }] },
  });
  return [pod("kube-proxy", ""), pod("canal", "api.demo.example.com"), pod("other", "10.96.0.1")];
}

const CLUSTER_INFO = "/api/v1/namespaces/kube-public/configmaps/cluster-info";

/** Signed with the token that the cluster was made with, and with every one that it got since. */
function signedInfo({ tokens, initToken }: FakeWorld): KubeObject {
  const ids = [initToken, ...tokens].map((token) => token.split(".")[0] ?? "");
  const data = Object.fromEntries(ids.map((id) => [`jws-kubeconfig-${id}`, "signature"]));
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "cluster-info", namespace: "kube-public" }, data };
}

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
