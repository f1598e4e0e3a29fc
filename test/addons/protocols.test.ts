import { expect, it } from "vitest";
import { parseManifest } from "../../src/addons/manifest.js";
import { withProtocolsIn } from "../../src/addons/protocols.js";

const config = `# mine
apiVersion: v1
kind: ConfigMap
metadata: { name: "a" }
`;
const service = (port: string): string => `---
apiVersion: v1
kind: Service
metadata: { name: a }
spec: { ports: [${port}] }
`;

it("gives ports their protocol, and leaves all other documents byte for byte", () => {
  const named = service("{ port: 53, protocol: UDP }");
  const text = config + service("{ port: 80 }") + named;
  expect(withProtocolsIn(text, "x")).toBe(
    `${config}---
apiVersion: v1
kind: Service
metadata:
  name: a
spec:
  ports:
    - port: 80
      protocol: TCP
${named}`,
  );
  expect(withProtocolsIn(config + named, "x")).toBe(config + named);
});

const pod = (resources: string): string => `---
apiVersion: apps/v1
kind: DaemonSet
metadata: { name: a }
spec: { template: { spec: { containers: [{ name: a, resources: ${resources} }] } } }
`;

it("makes text of numbers among the resources of containers, which 1.20 refuses", () => {
  const text = withProtocolsIn(pod("{ requests: { cpu: 0.01, memory: 64Mi }, limits: { cpu: 1 } }"), "x");
  expect(parseManifest(text, "x")[0]?.spec).toEqual({
    template: {
      spec: {
        containers: [{ name: "a", resources: { requests: { cpu: "0.01", memory: "64Mi" }, limits: { cpu: "1" } } }],
      },
    },
  });
  const quoted = pod('{ requests: { cpu: "0.01", memory: 64Mi } }');
  expect(withProtocolsIn(quoted, "x")).toBe(quoted);
});
