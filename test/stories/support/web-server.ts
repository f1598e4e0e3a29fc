import { expect } from "vitest";
import type { Machines } from "./machines.js";
import { IMAGE } from "./pods.js";

/** A Deployment and a Service of this name: pods that answer each request with the name and a line end. */
export function webServer(name: string, replicas = 1): readonly object[] {
  const labels = { app: name };
  const serve = `mkdir -p /www && echo ${name} >/www/index.html && exec httpd -f -p 8080 -h /www`;
  const container = {
    ...{ name: "httpd", image: IMAGE, command: ["sh", "-c", serve] },
    readinessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1 },
  };
  const template = { metadata: { labels }, spec: { terminationGracePeriodSeconds: 1, containers: [container] } };
  return [
    {
      ...{ apiVersion: "apps/v1", kind: "Deployment", metadata: { name } },
      spec: { replicas, selector: { matchLabels: labels }, template },
    },
    {
      ...{ apiVersion: "v1", kind: "Service", metadata: { name } },
      spec: { selector: labels, ports: [{ port: 80, targetPort: 8080 }] },
    },
  ];
}

/** The Service of {@link webServer} answers at this address, from a node, with a new connection for each request. */
export async function expectServed(machines: Machines, node: string, name: string, address: string): Promise<void> {
  const page = async (): Promise<string> => {
    const { code, stdout, stderr } = await machines.on(node, `timeout 10 wget -q -O - http://${address}/`);
    return code === 0 ? stdout : `${node}: ${code} ${stderr}`;
  };
  await expect.poll(page, { timeout: 180_000, interval: 1000 }).toBe(`${name}\n`);
}
