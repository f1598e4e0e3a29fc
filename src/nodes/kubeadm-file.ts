import { join } from "node:path";
import type { ClusterPaths } from "../base/paths.js";

/** Path of a node's kubeadm configuration in the cluster folder. */
export function kubeadmFile(name: string, paths: Pick<ClusterPaths, "kubeadmConfigs">): string {
  return join(paths.kubeadmConfigs, `${name}.yaml`);
}

/** Whether a text is kubeadm's configuration of a master. */
export function makesControlPlane(trace: string): boolean {
  return /^kind: InitConfiguration$|^controlPlane:/m.test(trace);
}
