import { expect } from "vitest";
import type { FakeNode } from "./node.js";
import { masterVariables, sharedVariables, type Variables } from "./node-input.js";

/** Where certs.sh saves the files as they were. */
export const SAVED = "/etc/kubernetes/pki/alpine-k8s-renewal";
export const PROGRAMS = ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"];
/** Those that read their certificates only when they start, with the ports at which they tell how they are. */
export const ANEW = { "kube-controller-manager": 10257, "kube-scheduler": 10259 };
export const MANIFEST = "kind: Pod\nspec:\n  containers:\n  - command:\n    - --leader-elect=true\n";
/** The certificates, by name below /etc/kubernetes. */
export const OLD: Readonly<Record<string, string>> = {
  "admin.conf": "old admin\n",
  "pki/apiserver.crt": "old certificate\n",
  "pki/apiserver.key": "old key\n",
  "pki/etcd/server.crt": "old etcd\n",
};
/** What certs.sh gets; its waits are short. */
export const certsVariables: Variables = { ...sharedVariables, AK8S_KUBELET_WAIT: "5", AK8S_API_WAIT: "3" };

/** Makes the node a finished master with a running control plane and certificates that kubeadm made long ago. */
export async function makeLivingMaster(node: FakeNode): Promise<FakeNode> {
  await node.run("shared", sharedVariables);
  expect((await node.run("master", masterVariables)).code).toBe(0);
  for (const [file, text] of Object.entries(OLD)) node.write(`/etc/kubernetes/${file}`, text);
  for (const ca of ["front-proxy-ca", "etcd/ca"]) {
    for (const end of ["crt", "key"]) node.write(`/etc/kubernetes/pki/${ca}.${end}`, "of a CA\n");
  }
  runPrograms(node);
  node.forgetCalls();
  return node;
}

/** Lets the four programs of the control plane run. */
export function runPrograms(node: FakeNode): void {
  for (const name of PROGRAMS) {
    node.write(`/etc/kubernetes/manifests/${name}.yaml`, MANIFEST);
    node.write(`/fake/containers/${name}`, `${name}-1\n`);
  }
  for (const [name, port] of Object.entries(ANEW)) {
    node.write(`/fake/healthz/127.0.0.1:${port}`, name);
    node.write(`/fake/leases/${name}`, "master1_old");
  }
}

/** The certificates as they are now, by the names of {@link OLD}. */
export const certificates = (node: FakeNode): Record<string, string> =>
  Object.fromEntries(Object.keys(OLD).map((file) => [file, node.read(`/etc/kubernetes/${file}`)]));

/** How often kubeadm renewed. */
export const renewals = (node: FakeNode): number =>
  node.calls().filter((call) => call === "kubeadm certs renew all").length;

/** The programs whose sandboxes were removed, in that order. */
export const restarted = (node: FakeNode): string[] =>
  node.has("/fake/restarted") ? node.read("/fake/restarted").trim().split("\n") : [];
