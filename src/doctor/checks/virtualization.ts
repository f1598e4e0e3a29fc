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
    if (subject.computer.platform !== "linux") return skipped(`only looked at on Linux, this is ${subject.computer.platform}`);
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
  const seen = flag === undefined ? "" : `${flag} in /proc/cpuinfo`;
  if (vagrantProvider !== "libvirt") return ok(seen === "" ? `not told by an ${computer.arch} processor` : seen);
  if (computer.exists("/dev/kvm")) return ok([seen, "/dev/kvm"].filter((text) => text !== "").join(", "));
  return failed(
    `there is no /dev/kvm${seen === "" ? "" : `, though ${seen}`}: machines are emulated and slow`,
    flag === undefined ? "sudo modprobe kvm" : `sudo modprobe ${flag === "vmx" ? "kvm_intel" : "kvm_amd"}`,
  );
}
