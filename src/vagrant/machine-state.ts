import type { VagrantProviderName } from "../model/spec/cluster-spec.js";

/**
 * A machine as its provider sees it. `half-created`: its creation or first boot was interrupted, and Vagrant does not
 * complete it. `unreachable`: it exists, but is stuck or has no address.
 */
export type MachineState = "absent" | "running" | "halted" | "suspended" | "half-created" | "unreachable" | "unknown";

const COMMON: Readonly<Record<string, MachineState>> = { not_created: "absent", running: "running" };

/** By provider: words of `vagrant status`. Sources in docs/providers.md. */
const STATES: Readonly<Partial<Record<VagrantProviderName, Readonly<Record<string, MachineState>>>>> = {
  libvirt: {
    preparing: "half-created",
    inaccessible: "unreachable",
    blocked: "running",
    shutoff: "halted",
    shutting_down: "halted",
    crashed: "halted",
    paused: "suspended",
    pmsuspended: "suspended",
  },
  virtualbox: {
    poweroff: "halted",
    aborted: "halted",
    "aborted-saved": "suspended",
    saved: "suspended",
    paused: "suspended",
    inaccessible: "unreachable",
    gurumeditation: "unreachable",
  },
  docker: { preparing: "half-created", stopped: "halted", host_state_unknown: "unreachable" },
  vmware_desktop: { not_running: "halted", suspended: "suspended" },
  parallels: { stopped: "halted", suspended: "suspended", paused: "suspended", inaccessible: "unreachable" },
};

/** What a provider's word for a state means; a word that we do not know is `unknown`. */
export function machineStateFrom(provider: VagrantProviderName, word: string): MachineState {
  return COMMON[word] ?? STATES[provider]?.[word] ?? "unknown";
}
