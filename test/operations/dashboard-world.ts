import { createServer, type Server } from "node:http";
import { connect, type AddressInfo } from "node:net";
import type { RunInput } from "../../src/engine/run-input.js";
import type { Tools } from "../../src/engine/tools.js";
import type { KubeApi, KubeObject } from "../../src/kube/kube-api.js";
import { errorFromAnswer } from "../../src/kube/kube-error.js";
import { up } from "../../src/operations/up/up.js";
import { FakeWorld, SPEC } from "./fake-world.js";

const CLASSIC = "kubernetes-dashboard";

/** A running cluster with a dashboard; its API refuses what it was not told of. */
export class DashboardWorld {
  /** What the API was asked to change, in order. */
  readonly changes: string[] = [];
  /** The API's objects, by path. */
  readonly objects = new Map<string, KubeObject>();
  pods: KubeObject[] = [];
  token = "secret.token.of-an-hour";
  via: KubeApi["via"] = "direct";
  /** Called with each change before it is made. */
  onChange: (change: string) => void = () => undefined;

  private constructor(
    readonly world: FakeWorld,
    readonly page: Server,
  ) {}

  static async create(): Promise<DashboardWorld> {
    const world = await FakeWorld.create(SPEC);
    const { signal } = new AbortController();
    await up({ folder: world.folder, overrides: {}, tools: world.tools(), progress: world.progress(), signal });
    const page = createServer((_, response) => void response.end("the dashboard"));
    await new Promise<void>((resolve) => page.listen(0, "127.0.0.1", resolve));
    return new DashboardWorld(world, page);
  }

  close(): void {
    this.page.closeAllConnections();
    this.page.close();
  }

  input(signal: AbortSignal): RunInput {
    return { folder: this.world.folder, tools: this.tools(), progress: this.world.progress(), signal };
  }

  /** Gives the cluster a dashboard with one pod. */
  has(name: "headlamp" | typeof CLASSIC, isReady = true): void {
    const namespace = name === CLASSIC ? CLASSIC : "kube-system";
    const labels = { "k8s-app": name };
    const metadata = { name, namespace, generation: 1 };
    this.objects.set(`/apis/apps/v1/namespaces/${namespace}/deployments/${name}`, {
      ...{ apiVersion: "apps/v1", kind: "Deployment", metadata },
      spec: { replicas: 1, selector: { matchLabels: labels } },
      status: { observedGeneration: 1, updatedReplicas: 1, availableReplicas: isReady ? 1 : 0 },
    });
    this.objects.set(`/api/v1/namespaces/${namespace}/services/${name}`, {
      ...{ apiVersion: "v1", kind: "Service", metadata },
      spec: { selector: labels, ports: [{ port: 80, targetPort: 4466 }] },
    });
    const waiting = { reason: "ImagePullBackOff", message: "Back-off pulling image" };
    this.pods = [
      {
        ...{ apiVersion: "v1", kind: "Pod", metadata: { name: `${name}-1`, namespace } },
        spec: { nodeName: "minion1.example.com", containers: [{ name }] },
        status: {
          conditions: [{ type: "Ready", status: isReady ? "True" : "False" }],
          containerStatuses: [{ name, ready: isReady, state: isReady ? { running: {} } : { waiting } }],
        },
      },
    ];
  }

  /** What of ours is in the cluster. */
  left(): string[] {
    return [...this.objects.keys()].filter((path) => path.includes("alpine-k8s-dashboard"));
  }

  tools(): Tools {
    const tools = this.world.tools();
    return { ...tools, kube: async (input) => this.#kube(await tools.kube(input)) };
  }

  #change(change: string): void {
    this.changes.push(change);
    this.onChange(change);
  }

  #kube(base: KubeApi): KubeApi {
    const { port } = this.page.address() as AddressInfo;
    return {
      ...base,
      via: this.via,
      find: (path, signal) => {
        signal?.throwIfAborted();
        if (!/deployments|services|serviceaccounts/.test(path)) throw new Error(`the fake API knows no ${path}`);
        return Promise.resolve(this.objects.get(path));
      },
      list: (path) => {
        const asked = /^\/api\/v1\/namespaces\/[a-z-]+\/pods\?labelSelector=k8s-app%3D([a-z-]+)$/.exec(path)?.[1];
        if (asked === undefined) throw new Error(`the fake API knows no ${path}`);
        return Promise.resolve(this.pods.filter(({ metadata }) => metadata.name === `${asked}-1`));
      },
      apply: (objects, manager) => {
        for (const object of objects) {
          this.#change(`apply ${object.kind} ${object.metadata.name} as ${manager}`);
          const path = pathOf(object);
          const before = this.objects.get(path)?.metadata["annotations"] ?? {};
          this.objects.set(path, { ...object, metadata: { ...object.metadata, annotations: before } });
        }
        return Promise.resolve();
      },
      patch: (path, patch) => {
        const live = this.objects.get(path);
        if (live === undefined) return Promise.reject(errorFromAnswer(`PATCH ${path}`, 404, "gone"));
        const { annotations } = (patch as { metadata: { annotations: Record<string, string | null> } }).metadata;
        const all = { ...(live.metadata["annotations"] as Record<string, string | null>), ...annotations };
        const kept = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null));
        this.objects.set(path, { ...live, metadata: { ...live.metadata, annotations: kept } });
        return Promise.resolve();
      },
      create: (path, document) => {
        this.#change(`create ${path} ${JSON.stringify(document)}`);
        const account = path.replace(/\/token$/, "");
        if (!this.objects.has(account)) return Promise.reject(errorFromAnswer(`POST ${path}`, 404, "no account"));
        return Promise.resolve({ status: { token: this.token, expirationTimestamp: "2026-01-01T01:00:00Z" } });
      },
      delete: (path, signal) => {
        signal?.throwIfAborted();
        this.#change(`delete ${path}`);
        this.objects.delete(path);
        return Promise.resolve();
      },
      forward: ({ pod, port: asked }) => {
        const isThere = this.pods.some(({ metadata }) => metadata.name === pod) && asked === 4466;
        return isThere
          ? Promise.resolve(connect({ port, host: "127.0.0.1", allowHalfOpen: true }))
          : Promise.reject(errorFromAnswer("forwarding", 404, `no pod ${pod}`));
      },
    };
  }
}

function pathOf({ kind, metadata: { name, namespace } }: KubeObject): string {
  if (kind === "ServiceAccount") return `/api/v1/namespaces/${namespace ?? ""}/serviceaccounts/${name}`;
  if (kind === "ClusterRoleBinding") return `/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/${name}`;
  throw new Error(`the fake API knows no ${kind}`);
}
