import { failed, ok, type Outcome, type QuickCheck, skipped } from "../check.js";
import { type QuickSubject, usesVagrant } from "../subject.js";

/**
 * Hardware virtualisation on Linux: the processor's flag (vmx of Intel, svm of AMD; x86 only) and, for libvirt, the
 * device of KVM. Without them machines are emulated.
 */
export const virtualization: QuickCheck = {
  id: "virtualization",
  on: "this computer",
  weight: "warning",
  inUp: "warn",
  look: async (subject) => {
    if (!usesVagrant(subject)) return skipped("no machines are made on this computer");
    if (subject.vagrantProvider === "docker") return skipped("containers are no virtual machines");
    if (subject.computer.platform !== "linux")
      return skipped(`only looked at on Linux, this is ${subject.computer.platform}`);
    return lookAt(subject);
  },
};

async function lookAt({ computer, vagrantProvider }: QuickSubject): Promise<Outcome> {
  const flags = /^flags\s*:(.*)$/m.exec((await computer.read("/proc/cpuinfo")) ?? "")?.[1]?.split(" ") ?? [];
  const flag = ["vmx", "svm"].find((name) => flags.includes(name));
  if (computer.arch === "x64" && flag === undefined) {
    return failed(
      "/proc/cpuinfo has neither vmx nor svm: this processor offers no virtualisation (switched off in the firmware, or " +
        "this is itself a virtual machine); machines are emulated and slow, or do not start at all",
      "lscpu | grep -i -E 'virtuali[sz]ation|hypervisor'",
    );
  }
  const seen = flag === undefined ? `${computer.arch}, whose flags do not tell` : `${flag} in /proc/cpuinfo`;
  return vagrantProvider === "libvirt" ? kvm(computer, flag, seen) : ok(seen);
}

const MODULES: Readonly<Record<string, string>> = { vmx: "kvm_intel", svm: "kvm_amd" };

function kvm(computer: QuickSubject["computer"], flag: string | undefined, seen: string): Outcome {
  if (computer.exists("/dev/kvm")) return ok(`${seen}, /dev/kvm`);
  const evidence = `there is no /dev/kvm (${seen}): machines are emulated and slow`;
  return failed(evidence, `sudo modprobe ${MODULES[flag ?? ""] ?? "kvm"}`);
}
