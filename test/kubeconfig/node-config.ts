import { stringify } from "yaml";

export interface NodeConfigParts {
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
  readonly server?: string;
}

/** A file like kubeadm's /etc/kubernetes/admin.conf. */
export function nodeConfig(parts: NodeConfigParts): string {
  const data = (pem: string): string => Buffer.from(pem).toString("base64");
  return stringify({
    apiVersion: "v1",
    clusters: [
      {
        cluster: {
          "certificate-authority-data": data(parts.ca),
          server: parts.server ?? "https://api.demo.example.com:6443",
        },
        name: "demo",
      },
    ],
    contexts: [{ context: { cluster: "demo", user: "kubernetes-admin" }, name: "kubernetes-admin@demo" }],
    "current-context": "kubernetes-admin@demo",
    kind: "Config",
    preferences: {},
    users: [
      {
        name: "kubernetes-admin",
        user: { "client-certificate-data": data(parts.certificate), "client-key-data": data(parts.key) },
      },
    ],
  });
}
