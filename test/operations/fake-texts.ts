import { createHash } from "node:crypto";
import { parseManifest } from "../../src/addons/manifest.js";
import type { KubeObject } from "../../src/kube/kube-object.js";

/** Lower-case hex. */
export function sha256(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

/** One master and two minions on Vagrant machines. */
export const SPEC = `apiVersion: alpine-k8s/v1
kind: Cluster
metadata: { name: demo }
spec:
  kubernetes: { version: "v1.36.1" }
  vagrant: { provider: libvirt }
  addons: [{ name: canal, manifest: network.yaml }]
`;

/** The archive of files that masters share, as base64 prints it. */
export const SHARED_PKI = "c2hhcmVk\nY2VydGlmaWNhdGVz";

/** Where the object of {@link NETWORK} is. */
export const NETWORK_PATH = "/apis/apps/v1/namespaces/kube-system/daemonsets/practice-network";

/** The smallest manifest with a workload. */
export const NETWORK = `apiVersion: apps/v1
kind: DaemonSet
metadata: { name: practice-network, namespace: kube-system }
spec:
  selector: { matchLabels: { app: n } }
  template:
    metadata: { labels: { app: n } }
    spec: { hostNetwork: true, containers: [{ name: n, image: n }] }
`;

/** The object of {@link NETWORK}. */
export function networkObject(): KubeObject {
  const [object] = parseManifest(NETWORK, "network.yaml");
  if (object === undefined) throw new Error("the network has an object");
  return object;
}
