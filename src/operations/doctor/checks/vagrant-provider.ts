import { VAGRANT_PROVIDERS, type VagrantProviderFacts } from "../../../templates/vagrant-provider.js";
import { type Check, failed, ok, type Outcome, skipped } from "../check.js";
import { findProgram } from "../find-program.js";
import { editSpec, type Subject, usesVagrant } from "../subject.js";
import { openUrl } from "../open-url.js";

/** The cluster's Vagrant provider has its plug-in and hypervisor, and with libvirt a daemon that answers. */
export const vagrantProvider: Check = {
  id: "vagrant-provider",
  on: "this computer",
  weight: "error",
  look: async (subject) => {
    if (!usesVagrant(subject)) return skipped("provider hosts needs no Vagrant provider");
    if ((await subject.programs.vagrant()) === undefined) return skipped("there is no Vagrant to ask");
    const provider = VAGRANT_PROVIDERS.find(({ name }) => name === subject.vagrantProvider);
    if (!provider) return failed(`${subject.vagrantProvider} cannot carry a cluster`, editSpec(subject));
    return lookAt(subject, provider);
  },
};

async function lookAt(subject: Subject, { name, plugin, programs }: VagrantProviderFacts): Promise<Outcome> {
  const version = plugin === undefined ? undefined : (await subject.programs.plugins()).get(plugin);
  if (plugin !== undefined && version === undefined) {
    return failed(`Vagrant has no plug-in ${plugin}, which ${name} needs`, `vagrant plugin install ${plugin}`);
  }
  const seen = plugin === undefined ? `${name} is built into Vagrant` : `${plugin} ${version ?? ""}`;
  if (name === "virtualbox") {
    const installed = await subject.programs.virtualBox();
    if (installed !== undefined) return ok(`${seen}, VirtualBox ${installed}`);
    return failed(
      "VirtualBox does not report its version (VBoxManage)",
      openUrl(subject.computer.platform, "https://www.virtualbox.org/wiki/Downloads"),
    );
  }
  const place = await findProgram(subject.computer, programs);
  if (place === undefined) {
    return failed(
      `${seen}, but none of ${programs.join(", ")} is on this computer: the hypervisor is not installed`,
      openUrl(subject.computer.platform, "https://developer.hashicorp.com/vagrant/docs/providers"),
    );
  }
  return name === "libvirt" ? libvirtAnswers(subject, seen) : ok(`${seen}, ${place}`);
}

async function libvirtAnswers({ programs }: Subject, seen: string): Promise<Outcome> {
  const answer = await programs.libvirt();
  if (answer === undefined) return ok(`${seen}; without virsh libvirt cannot be checked`);
  if (answer.exitCode === 0) return ok(`${seen}, libvirt answers at ${answer.stdout.trim()}`);
  const why = answer.stderr.trim().split("\n").at(-1) ?? "";
  const denied = /denied|authenticat|polkit/i.test(answer.stderr);
  return failed(
    `${seen}, but libvirt does not answer: ${why}`,
    denied ? 'sudo usermod --append --groups libvirt "$USER"' : "sudo service libvirtd start",
  );
}
