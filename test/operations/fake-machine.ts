import type { MachineState } from "../../src/vagrant/machine-state.js";

/** The state of a machine of the fake world; tests change it before or between runs. */
export interface FakeMachine {
  running: boolean;
  exists: boolean;
  state: "clean" | "started" | "finished" | "foreign";
  role: "master" | "minion" | "none";
  kubelet: string;
  api: string;
  /** What master.sh has noted of the network that it has applied. */
  networkSha256: string;
  /** Body of the certificate that its kubelet shows; with none its facts tell none. */
  serving: string;
  /** CoreDNS is still to be started. */
  restLeft: boolean;
  clockOffset: number;
  unmet: string[];
  /** Conditions that shared.sh has fixed. */
  met: string[];
  /** Further facts by their name in the scripts' output, such as `cpus`. */
  facts: Record<string, string>;
  notice: string;
  kubectl: boolean;
  /** Whether its node object is cordoned. */
  cordoned: boolean;
  /** Whether the API has lost its node object. */
  forgotten: boolean;
  address: string;
  /** Whether its kubelet reports Ready; only that of a joined node reports. */
  ready: boolean;
  /** The result of the check whether it reaches the API; `reached` when it does. */
  reaches: string;
}

/** One that has still to be made. */
export function newMachine(): FakeMachine {
  return {
    ...{ running: false, exists: false, state: "clean", role: "none", kubelet: "none", api: "none" },
    ...{
      networkSha256: "none",
      serving: "",
      restLeft: false,
      clockOffset: 0,
      unmet: ["sysctls"],
      met: [],
      facts: {},
      notice: "",
      kubectl: true,
    },
    ...{ address: "", cordoned: false, forgotten: false, ready: true, reaches: "reached" },
  };
}

/** Seconds since the fake machines started. */
const uptime = (): number => 1000 + performance.now() / 1000;

/** How many whole seconds a clock is ahead after shared.sh has set it. */
export function offsetAfterStep(variables: Readonly<Record<string, string>>): number {
  const [epoch, then] = [variables["AK8S_CLOCK_EPOCH"], variables["AK8S_CLOCK_UPTIME"]].map(Number);
  // For a test -0 is not equal to 0.
  return Math.round((epoch ?? NaN) + uptime() - (then ?? NaN) - Date.now() / 1000) || 0;
}

export function stateOf(machine: FakeMachine): MachineState {
  if (!machine.exists) return "absent";
  return machine.running ? "running" : "halted";
}

/** The certificate in what a node script gets for the kubelet, as facts tell it. */
export function servingIn(variables: Readonly<Record<string, string>>): string {
  const pem = Buffer.from(variables["AK8S_SERVING_PEM_B64"] ?? "", "base64").toString();
  return (/-----BEGIN CERTIFICATE-----([^-]+)/.exec(pem)?.[1] ?? "").replace(/\s/g, "");
}

/** The last line of a node script. */
export function resultLine(script: string, changed: readonly string[], present: readonly string[] = []): string {
  return `@alpine-k8s ${JSON.stringify({ script, changed, present, warnings: [], failed: [] })}`;
}

/** The output of shared.sh in check mode; `adminCertificate` as a node prints it. */
export function factsOf(machine: FakeMachine, adminCertificate: string): string {
  return [
    `fact state ${machine.state}`,
    `fact role ${machine.role}`,
    `fact kubelet_healthz ${machine.kubelet}`,
    `fact kubelet_service ${machine.kubelet === "ok" ? "started" : "stopped"}`,
    `fact api ${machine.api}`,
    `fact network_rest ${machine.restLeft ? "pending" : "none"}`,
    `fact uptime ${uptime().toFixed(2)}`,
    `fact clock ${Date.now() / 1000 + machine.clockOffset}`,
    ...(machine.api === "none" ? [] : [`fact certificate /etc/kubernetes/admin.conf ${adminCertificate}`]),
    ...(machine.serving === "" ? [] : [`fact certificate /var/lib/kubelet/pki/kubelet.crt ${machine.serving}`]),
    ...Object.entries(machine.facts).map(([key, value]) => `fact ${key} ${value}`),
    ...(machine.notice === "" ? [] : [`fact notice ${machine.notice}`]),
    ...machine.met.map((id) => `condition ${id} fatal ok`),
    ...machine.unmet.map((id) => `condition ${id} fatal unmet not yet`),
    resultLine("shared", []),
  ].join("\n");
}
