import { expect } from "vitest";
import type { FakeNode } from "./node.js";
import { furtherVariables } from "./node-input.js";

export const JOIN = "kubeadm join --v=1 --config /run/alpine-k8s.N/kubeadm.yaml";
export const RESET = "kubeadm reset -f --cri-socket unix:///run/containerd/containerd.sock";

/** Joins the node as a further master and forgets its recorded calls. */
export async function joinedMaster(fit: Promise<FakeNode>): Promise<FakeNode> {
  const node = await fit;
  expect((await node.run("master", furtherVariables)).code).toBe(0);
  node.forgetCalls();
  return node;
}
