import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { serviceOpener } from "../../src/kube/forward/service-opener.js";
import { readyPodOf } from "../../src/kube/forward/service-pod.js";
import { kubeApi, type KubeApi, type KubeObject } from "../../src/kube/kube-api.js";
import { errorFromAnswer } from "../../src/kube/kube-error.js";
import type { PodPort } from "../../src/kube/transport.js";

const { signal } = new AbortController();
const REF = { namespace: "kube-system", name: "web" };
const CORE = "/api/v1/namespaces/kube-system";
const PODS = `${CORE}/pods?labelSelector=k8s-app%3Dweb&limit=250`;

function pod(name: string, change: { ready?: boolean; going?: boolean; ports?: object[] } = {}): KubeObject {
  const { ready = true, going = false, ports = [{ name: "http", containerPort: 4466 }] } = change;
  return {
    ...{ apiVersion: "v1", kind: "Pod" },
    metadata: { name, ...(going ? { deletionTimestamp: "2026-01-01T00:00:00Z" } : {}) },
    spec: { containers: [{ name: "side" }, { name: "web", ports }] },
    status: { conditions: [{ type: "Ready", status: ready ? "True" : "False" }] },
  };
}

class Cluster {
  readonly asked: string[] = [];
  pods: KubeObject[] = [pod("web-1")];
  service: object | undefined = { selector: { "k8s-app": "web" }, ports: [{ port: 80, targetPort: 4466 }] };
  readonly gone = new Set<string>();
  readonly streams: PassThrough[] = [];

  api(): KubeApi {
    const refuse = (): never => {
      throw new Error("nobody asks for that");
    };
    return kubeApi({
      ...{ via: "direct", description: "the test's", delete: refuse, send: refuse, apply: refuse, close: refuse },
      get: (path) => {
        this.asked.push(path);
        const body =
          path === PODS
            ? { items: this.pods }
            : path === `${CORE}/services/web`
              ? this.service && { metadata: { name: "web" }, spec: this.service }
              : refuse();
        return Promise.resolve({ status: body === undefined ? 404 : 200, body: JSON.stringify(body ?? {}) });
      },
      forward: ({ namespace, pod: name, port }: PodPort) => {
        this.asked.push(`forward ${namespace}/${name}:${port}`);
        if (this.gone.has(name)) return Promise.reject(errorFromAnswer("forwarding", 404, "gone"));
        const stream = new PassThrough();
        this.streams.push(stream);
        return Promise.resolve(stream);
      },
    });
  }
}

describe("the pod behind a Service", () => {
  const at = (port: number, name = "web-1"): PodPort => ({ namespace: "kube-system", pod: name, port });

  it.each<[string, object, PodPort | string]>([
    ["a number", { targetPort: 8443 }, at(8443)],
    ["a name", { targetPort: "http" }, at(4466)],
    ["none", {}, at(80)],
    ["a name that no container has", { targetPort: "metrics" }, "no pod of Service kube-system/web is ready"],
    ["no port at all", { targetPort: 70_000 }, "no pod of Service kube-system/web is ready"],
  ])("has the port that the Service means by %s", async (_, port, expected) => {
    const cluster = new Cluster();
    cluster.service = { selector: { "k8s-app": "web" }, ports: [{ port: 80, ...port }] };
    expect(await readyPodOf(cluster.api(), REF, signal)).toEqual(expected);
  });

  it("is one that is ready and stays", async () => {
    const cluster = new Cluster();
    cluster.pods = [pod("web-1", { ready: false }), pod("web-2", { going: true }), pod("web-3")];
    expect(await readyPodOf(cluster.api(), REF, signal)).toEqual(at(4466, "web-3"));
    cluster.pods.pop();
    expect(await readyPodOf(cluster.api(), REF, signal)).toBe("no pod of Service kube-system/web is ready");
  });

  it("is not there without the Service, its selector or its port", async () => {
    const cluster = new Cluster();
    cluster.service = { ports: [{ port: 80 }] };
    expect(await readyPodOf(cluster.api(), REF, signal)).toBe("Service kube-system/web names no pods, or no port");
    cluster.service = undefined;
    expect(await readyPodOf(cluster.api(), REF, signal)).toBe("there is no Service kube-system/web");
  });
});

describe("connections to a Service", () => {
  it("stay with the pod that was found, until it is gone", async () => {
    const cluster = new Cluster();
    const open = serviceOpener(cluster.api(), REF);
    await open(signal);
    await open(signal);
    const lookUp = [`${CORE}/services/web`, PODS];
    const first = "forward kube-system/web-1:4466";
    expect(cluster.asked.splice(0)).toEqual([...lookUp, first, first]);
    cluster.gone.add("web-1");
    cluster.pods = [pod("web-2")];
    await open(signal);
    expect(cluster.asked.splice(0)).toEqual([first, ...lookUp, "forward kube-system/web-2:4466"]);
  });

  it("are to a pod that is looked up again when one has failed", async () => {
    const cluster = new Cluster();
    const open = serviceOpener(cluster.api(), REF);
    const stream = await open(signal);
    stream.on("error", () => undefined).destroy(new Error("sandbox not found"));
    await new Promise((resolve) => setImmediate(resolve));
    cluster.pods = [pod("web-2")];
    await open(signal);
    expect(cluster.asked.at(-1)).toBe("forward kube-system/web-2:4466");
  });

  it("say why there is none", async () => {
    const cluster = new Cluster();
    cluster.pods = [];
    const open = serviceOpener(cluster.api(), REF);
    await expect(open(signal)).rejects.toThrow("no pod of Service kube-system/web is ready");
    cluster.pods = [pod("web-1")];
    cluster.gone.add("web-1");
    await expect(open(signal)).rejects.toThrow("forwarding: gone (404)");
  });
});
