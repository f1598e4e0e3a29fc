import { createHash } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startInBench } from "./bench.js";
import { waitFor, type Running } from "./programs.js";

const PORT = 8903;

/** The manifest of a release of `shop`: a page that names it; the first release has an object more. */
function manifestOf(version: string): string {
  const page = `<h1>shop ${version}</h1>`;
  return `apiVersion: v1
kind: Namespace
metadata: { name: shop }
---
apiVersion: v1
kind: ServiceAccount
metadata: { name: shop, namespace: shop }
---
apiVersion: v1
kind: ConfigMap
metadata: { name: ${version === "v1.0.0" ? "old-prices" : "prices"}, namespace: shop }
data: { tea: "2" }
---
apiVersion: v1
kind: Service
metadata: { name: shop, namespace: shop }
spec:
  selector: { app: shop }
  ports: [{ port: 80, targetPort: 8080 }]
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: shop, namespace: shop }
spec:
  replicas: 1
  selector: { matchLabels: { app: shop } }
  template:
    metadata: { labels: { app: shop } }
    spec:
      serviceAccountName: shop
      terminationGracePeriodSeconds: 1
      containers:
        - name: shop
          image: docker.io/practice/busybox:1
          imagePullPolicy: IfNotPresent
          command: [sh, -c]
          args: ["mkdir /tmp/www && echo '${page}' >/tmp/www/index.html && exec httpd -f -p 8080 -h /tmp/www"]
          readinessProbe: { httpGet: { path: /, port: 8080 }, periodSeconds: 1 }
          # Not as the API writes them.
          resources: { requests: { cpu: "0.010", memory: 16384Ki } }
`;
}

/** The releases of `shop`, newest first. */
export const RELEASES = ["v2.0.0", "v1.0.0"];

/** What {@link serveShop} serves as a release. */
export function sourceOf(version: string): { readonly url: string; readonly text: string; readonly sha256: string } {
  const text = manifestOf(version);
  const sha256 = createHash("sha256").update(text).digest("hex");
  return { url: `http://127.0.0.1:${PORT}/shop-${version}.yaml`, text, sha256 };
}

/** Serves the manifests of all releases inside the bench. */
export async function serveShop(): Promise<Running> {
  const files = Object.fromEntries(RELEASES.map((one) => [new URL(sourceOf(one).url).pathname, sourceOf(one).text]));
  const server = startInBench([
    ...["node", "-e"],
    `const files = ${JSON.stringify(files)};
require("node:http")
  .createServer((request, response) => response.writeHead(files[request.url] ? 200 : 404).end(files[request.url]))
  .listen(${PORT}, "127.0.0.1", () => console.log("ready"));`,
  ]);
  await waitFor("the shop's maker answers", () => server.output().includes("ready"), 30_000);
  return server;
}

/** A catalogue with `shop`, which has two releases, and `till`, which never counts. */
export async function writeCatalogue(folder: string): Promise<void> {
  const releases = RELEASES.map((version) => {
    const { url, sha256 } = sourceOf(version);
    return `  - { version: ${version}, kubernetes: "1.20-1.37", sources: [{ url: "${url}", sha256: ${sha256} }] }`;
  });
  await mkdir(folder, { recursive: true });
  await writeFile(
    join(folder, "shop.yaml"),
    `apiVersion: alpine-k8s/v1
kind: Addon
metadata: { name: shop }
title: Sells things
state: maintained
parameters:
  copies: { type: integer, default: 1, description: how many pods sell }
releases:
${releases.join("\n")}
patches:
  - { kind: Deployment, name: shop, namespace: shop, changes: [{ at: [spec, replicas], value: "\${values.copies}" }] }
opens: { namespace: shop, service: shop, port: 80, scheme: http }
`,
  );
  await writeFile(
    join(folder, "till.yaml"),
    `apiVersion: alpine-k8s/v1
kind: Addon
metadata: { name: till }
title: Counts money
state: maintained
releases: [{ version: v1.0.0, kubernetes: "1.20-1.37" }]
objects:
  - { apiVersion: v1, kind: ConfigMap, metadata: { name: till, namespace: kube-system }, data: { money: "0" } }
conditions:
  - { id: counts, title: the till counts, apiVersion: v1, kind: ConfigMap, name: till, namespace: kube-system, condition: Counting }
`,
  );
}
