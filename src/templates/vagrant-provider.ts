import { AlpineK8sError } from "../base/errors.js";
import type { VagrantProviderName } from "../model/spec/cluster-spec.js";

/** Facts about a Vagrant provider; docs/providers.md names the sources. */
export interface VagrantProviderFacts {
  readonly name: VagrantProviderName;
  /** Plug-in that brings it; absent when Vagrant has it built in. */
  readonly plugin?: string;
  /** Who sets the cluster address inside the machine (`AK8S_ADDRESS_OWNER`). */
  readonly addressOwner: "vagrant";
  /** True when one `vagrant up` boots several machines at once. */
  readonly parallel: boolean;
  /** Used only when the spec names it. */
  readonly onlyByName?: boolean;
  /** Values of `provider` in box metadata that it takes; none where nodes start from an image. */
  readonly boxFormats: readonly string[];
  /** When one of these programs is there, the hypervisor is installed. */
  readonly programs: readonly string[];
}

/** Providers that we render for, in order of preference. */
export const VAGRANT_PROVIDERS: readonly VagrantProviderFacts[] = [
  {
    name: "libvirt",
    plugin: "vagrant-libvirt",
    addressOwner: "vagrant",
    parallel: true,
    boxFormats: ["libvirt"],
    programs: ["virsh", "libvirtd", "virtqemud"],
  },
  {
    name: "vmware_desktop",
    plugin: "vagrant-vmware-desktop",
    addressOwner: "vagrant",
    parallel: false,
    boxFormats: ["vmware_desktop", "vmware_fusion", "vmware_workstation"],
    programs: ["vmrun", "vmware"],
  },
  {
    name: "parallels",
    plugin: "vagrant-parallels",
    addressOwner: "vagrant",
    parallel: true,
    boxFormats: ["parallels"],
    programs: ["prlctl"],
  },
  {
    name: "virtualbox",
    addressOwner: "vagrant",
    parallel: false,
    boxFormats: ["virtualbox"],
    programs: ["VBoxManage"],
  },
  // Only by name, because nodes share this computer's kernel, and because there is no default image.
  {
    name: "docker",
    addressOwner: "vagrant",
    parallel: true,
    onlyByName: true,
    boxFormats: [],
    programs: ["docker"],
  },
];

const REFUSED: Readonly<Partial<Record<VagrantProviderName, string>>> = {
  hyperv:
    "Vagrant ignores network settings with Hyper-V, so nothing sets the machines' addresses in the cluster network",
  qemu:
    "machines of vagrant-qemu share no network by default; with its `advanced_network` a Linux computer cannot reach " +
    "their addresses, and they get them only from cloud-init, which the boxes do not carry",
};

/**
 * The provider's facts. Throws `usage`, with the reason, for a provider that cannot carry a cluster.
 */
export function vagrantProvider(name: VagrantProviderName): VagrantProviderFacts {
  const facts = VAGRANT_PROVIDERS.find((candidate) => candidate.name === name);
  if (facts) return facts;
  const reason = REFUSED[name] ?? "it is not known";
  const usable = VAGRANT_PROVIDERS.map((candidate) => candidate.name).join(", ");
  throw new AlpineK8sError("usage", `the Vagrant provider ${name} cannot carry a cluster: ${reason}`, {
    hints: [
      `set spec.vagrant.provider in alpine-k8s.yaml to one of: ${usable}`,
      "or make the machines yourself and use provider: hosts (see docs/providers.md)",
    ],
  });
}
