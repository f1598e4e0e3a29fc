import { expect, it } from "vitest";
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
