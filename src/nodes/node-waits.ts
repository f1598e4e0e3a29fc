import { KUBEADM_LIMIT } from "../alpine/node-commands.js";
import { controlPlaneWait } from "../model/kubeadm/control-plane-wait.js";
import type { ClusterSpec } from "../model/spec/cluster-spec.js";

/** Seconds in which a master's API answers, also after a plain reboot, unless the spec knows its machines to be slower. */
const USUAL = 300;

/**
 * Seconds to wait for a master's API: five minutes, or as long as the spec has kubeadm wait for a control plane when that
 * is longer. A machine that is so slow when it is set up is as slow after each boot.
 */
export function apiWait(spec: ClusterSpec): number {
  return Math.max(USUAL, controlPlaneWait(spec) ?? 0);
}

/**
 * Milliseconds for a script that waits for a control plane so many times: its usual limit, and what each wait is longer. One
 * that runs kubeadm waits twice: kubeadm itself, and we after it.
 */
export function scriptLimit(spec: ClusterSpec, waits = 2): number {
  return KUBEADM_LIMIT + waits * (apiWait(spec) - USUAL) * 1000;
}

/**
 * Seconds to wait for the network before CoreDNS comes in any case: the network's images are some 200 MB, perhaps from a
 * slow line.
 */
export const NETWORK_WAIT = 300;
