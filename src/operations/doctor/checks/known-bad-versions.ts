import { type Check, failed, ok, skipped } from "../check.js";
import { KNOWN_BAD, type Versions } from "../known-bad.js";
import { type Subject, usesVagrant } from "../subject.js";

/** Versions of Vagrant, plug-ins, VirtualBox and Linux that are known not to work together. */
export const knownBadVersions: Check = {
  id: "known-bad-versions",
  on: "this computer",
  weight: "error",
  look: async (subject) => {
    if (!usesVagrant(subject)) return skipped("provider hosts needs no Vagrant");
    const versions = await versionsOf(subject);
    const found = KNOWN_BAD.flatMap((entry) => {
      const what = entry.what(versions);
      return what === undefined ? [] : [{ entry, what }];
    });
    const worst = found.find(({ entry }) => entry.weight === "error") ?? found[0];
    if (!worst) return ok(seenText(versions));
    const evidence = found.map(({ entry, what }) => `${what} (${entry.source})`).join("; ");
    return failed(evidence, worst.entry.command(subject.computer.platform), { weight: worst.entry.weight });
  },
};

async function versionsOf({ computer, programs, vagrantProvider }: Subject): Promise<Versions> {
  return {
    vagrant: await programs.vagrant(),
    plugins: (await programs.vagrant()) === undefined ? new Map<string, string>() : await programs.plugins(),
    virtualBox: vagrantProvider === "virtualbox" ? await programs.virtualBox() : undefined,
    kernelWithKvm: await kernelWithKvm(computer),
  };
}

/** The kernel's release while a loaded KVM module holds the processor's virtualisation. */
async function kernelWithKvm(computer: Subject["computer"]): Promise<string | undefined> {
  if (!["kvm_intel", "kvm_amd"].some((name) => computer.exists(`/sys/module/${name}`))) return undefined;
  const atLoad = (await computer.read("/sys/module/kvm/parameters/enable_virt_at_load"))?.trim();
  if (atLoad === "N" || atLoad === "0") return undefined;
  return /^\d+\.\d+/.exec((await computer.read("/proc/sys/kernel/osrelease")) ?? "")?.[0];
}

function seenText({ vagrant, plugins, virtualBox }: Versions): string {
  const all = [
    ...(vagrant === undefined ? [] : [`Vagrant ${vagrant}`]),
    ...[...plugins].map(([name, version]) => `${name} ${version}`),
    ...(virtualBox === undefined ? [] : [`VirtualBox ${virtualBox}`]),
  ];
  return all.length === 0 ? "nothing here whose version matters" : `${all.join(", ")}: nothing known against them`;
}
