import { afterEach, beforeAll, expect } from "vitest";
import { directTransport, type DirectAccess } from "../../src/kube/direct-transport.js";
import { kubeApi, type KubeApi, type KubeObject } from "../../src/kube/kube-api.js";
import { KubeError } from "../../src/kube/kube-error.js";
import { createClusterCa, type ClusterCa } from "../../src/pki/ca.js";
import { issue } from "../pki/issue.js";
import { ApiServer, type Handler } from "./api-server.js";

let ca: ClusterCa;
let client: { certificate: string; key: string };
/** Servers that end with the test. */
export const servers: ApiServer[] = [];

beforeAll(async () => {
  ca = await createClusterCa({ name: "demo" });
  client = await issue(ca, { subject: "O=kubeadm:cluster-admins, CN=kubernetes-admin" });
});
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

/** An API server of the test, with a certificate of its CA; it ends with the test. */
export async function serve(handler: Handler, dns?: string[]): Promise<ApiServer> {
  const server = await ApiServer.start(ca, handler, dns);
  servers.push(server);
  return server;
}

/** Our credentials for it. */
export function accessTo(url: string): DirectAccess {
  return { server: url, serverName: "api.demo.example.com", ca: ca.certificate, ...client };
}

/** The API over a direct connection. */
export function apiTo(url: string, limits = { connect: 2000, request: 5000 }): KubeApi {
  return kubeApi(directTransport(accessTo(url), limits));
}

/** The KubeError that an action ends with; fails when it ends otherwise. */
export async function failureOf(action: Promise<unknown>): Promise<KubeError> {
  const error: unknown = await action.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(KubeError);
  return error as KubeError;
}

/** Answers about the kinds that tests use. */
export const discovery: Readonly<Record<string, unknown>> = {
  "/api/v1": {
    resources: [
      { name: "configmaps", kind: "ConfigMap", namespaced: true },
      { name: "namespaces", kind: "Namespace", namespaced: false },
      { name: "namespaces/status", kind: "Namespace", namespaced: false },
    ],
  },
  "/apis/apiextensions.k8s.io/v1": {
    resources: [{ name: "customresourcedefinitions", kind: "CustomResourceDefinition", namespaced: false }],
  },
};

export const configMap = (name: string, namespace?: string): KubeObject => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: namespace === undefined ? { name } : { name, namespace },
});
