import { expect, it } from "vitest";
import { withProtocols } from "../../src/kube/apply/with-protocols.js";

const metadata = { name: "x" };
const pod = { containers: [{ name: "a", ports: [{ containerPort: 80 }, { containerPort: 53, protocol: "UDP" }] }] };
const filled = {
  containers: [
    {
      name: "a",
      ports: [
        { containerPort: 80, protocol: "TCP" },
        { containerPort: 53, protocol: "UDP" },
      ],
    },
  ],
};

it.each([
  ["v1", "Service", { ports: [{ port: 80 }] }, { ports: [{ port: 80, protocol: "TCP" }] }],
  ["v1", "Pod", pod, filled],
  ["apps/v1", "Deployment", { template: { spec: pod } }, { template: { spec: filled } }],
  [
    "batch/v1",
    "CronJob",
    { jobTemplate: { spec: { template: { spec: pod } } } },
    { jobTemplate: { spec: { template: { spec: filled } } } },
  ],
  ["apps/v1", "Deployment", { template: {} }, { template: {} }],
  ["v1", "Service", { type: "ExternalName" }, { type: "ExternalName" }],
  ["example.com/v1", "Service", { ports: [{ port: 80 }] }, { ports: [{ port: 80 }] }],
])("ports of %s %s get the protocol that the API gives them", (apiVersion, kind, spec, expected) => {
  expect(withProtocols({ apiVersion, kind, metadata, spec })).toEqual({ apiVersion, kind, metadata, spec: expected });
});

it("leaves what has no spec or no ports as it is", () => {
  const config = { apiVersion: "v1", kind: "ConfigMap", metadata, data: { ports: "[]" } };
  expect(withProtocols(config)).toBe(config);
});
