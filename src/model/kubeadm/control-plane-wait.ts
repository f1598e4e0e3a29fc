import type { ClusterSpec } from "../spec/cluster-spec.js";

const UNITS: Readonly<Record<string, number>> = { h: 3600, m: 60, s: 1, ms: 0.001, us: 1e-6, µs: 1e-6, ns: 1e-9 };
/** A duration as Go writes it (package time, ParseDuration), without a sign: `1h30m`, `90s`, `1.5m`. */
const DURATION = /^(?:\d+(?:\.\d+)?(?:h|m|s|ms|us|µs|ns))+$/;

/**
 * Seconds that the user's additions to kubeadm's documents give a control plane to come up: kubeadm's own limit for it, in
 * either of its formats. Nothing when they do not say, or not in a form that kubeadm takes.
 */
export function controlPlaneWait({ kubernetes: { kubeadm } }: Pick<ClusterSpec, "kubernetes">): number | undefined {
  const { ClusterConfiguration, InitConfiguration, JoinConfiguration } = kubeadm;
  const said = [
    fieldOf(ClusterConfiguration["apiServer"], "timeoutForControlPlane"),
    fieldOf(InitConfiguration["timeouts"], "controlPlaneComponentHealthCheck"),
    fieldOf(JoinConfiguration["timeouts"], "controlPlaneComponentHealthCheck"),
  ].flatMap((text) => seconds(text) ?? []);
  return said.length === 0 ? undefined : Math.max(...said);
}

function fieldOf(group: unknown, key: string): unknown {
  return typeof group === "object" && group !== null ? (group as Readonly<Record<string, unknown>>)[key] : undefined;
}

function seconds(text: unknown): number | undefined {
  if (typeof text !== "string" || !DURATION.test(text)) return undefined;
  const parts = [...text.matchAll(/([\d.]+)(h|ms|us|µs|ns|m|s)/g)];
  return Math.round(parts.reduce((sum, [, count = "0", unit = ""]) => sum + Number(count) * (UNITS[unit] ?? 0), 0));
}
