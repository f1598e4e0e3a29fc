import { describe, expect, it } from "vitest";
import { staleEndpoints } from "../../src/kube/started/stale-endpoints.js";

const slice = (service: string, ...endpoints: object[]) => ({
  ...{ apiVersion: "discovery.k8s.io/v1", kind: "EndpointSlice" },
  metadata: { name: `${service}-x7`, labels: { "kubernetes.io/service-name": service } },
  endpoints,
});
const endpoint = (name: string, address: string, ready?: boolean) => ({
  ...{ addresses: [address], targetRef: { kind: "Pod", name } },
  conditions: ready === undefined ? {} : { ready },
});
const pod = (name: string, podIP: string | undefined, ready = "True") => ({
  ...{ apiVersion: "v1", kind: "Pod", metadata: { name } },
  status: { podIP, conditions: [{ type: "Ready", status: ready }] },
});
const look = (slices: readonly object[], pods: readonly object[]) => staleEndpoints(slices as never, pods as never);

describe("Services that lead where their pods were", () => {
  const told = (names: string): string => `these Services lead to addresses from before the start: ${names}`;

  it.each<[string, readonly object[], readonly object[], string | undefined]>([
    ["at the pods' addresses", [slice("kube-dns", endpoint("a", "10.0.0.1", true))], [pod("a", "10.0.0.1")], undefined],
    [
      "at another address",
      [slice("kube-dns", endpoint("a", "10.0.0.1", true))],
      [pod("a", "10.0.0.9")],
      told("kube-dns"),
    ],
    ["of a pod that is gone", [slice("kube-dns", endpoint("a", "10.0.0.1", true))], [], told("kube-dns")],
    [
      "that count as unready",
      [slice("kube-dns", endpoint("a", "10.0.0.1", false))],
      [pod("a", "10.0.0.1")],
      told("kube-dns"),
    ],
    [
      "unready as the pod is",
      [slice("d", endpoint("a", "10.0.0.1", false))],
      [pod("a", "10.0.0.1", "False")],
      undefined,
    ],
    [
      "of a pod without an address yet",
      [slice("d", endpoint("a", "10.0.0.1"))],
      [pod("a", undefined, "False")],
      undefined,
    ],
    [
      "of several, each once and by name",
      [
        slice("web", endpoint("b", "10.0.0.2")),
        slice("dns", endpoint("a", "10.0.0.1")),
        slice("dns", endpoint("a", "10.0.0.1")),
      ],
      [pod("a", "10.0.0.8"), pod("b", "10.0.0.9")],
      told("dns, web"),
    ],
    [
      "of another family",
      [{ ...slice("kube-dns", endpoint("a", "fd00::1")), addressType: "IPv6" }],
      [pod("a", "10.0.0.1")],
      undefined,
    ],
    ["outside of the cluster", [slice("db", { addresses: ["192.0.2.1"] })], [], undefined],
    ["of no form at all", [{ ...slice("db"), endpoints: "x" }, slice("e", { targetRef: 5 })], [], undefined],
  ])("%s", (_, slices, pods, expected) => expect(look(slices, pods)).toBe(expected));
});
