import type { Weight } from "./check.js";
import { VAGRANT_INSTALL, openUrl } from "./open-url.js";
import { between, compareVersions } from "./versions.js";

/** Versions on this computer; absent: not there, or not asked for. */
export interface Versions {
  readonly vagrant: string | undefined;
  readonly plugins: ReadonlyMap<string, string>;
  readonly virtualBox: string | undefined;
  /** Linux's release, while KVM takes the processor's virtualisation for itself. */
  readonly kernelWithKvm: string | undefined;
}

/** A combination that is known not to work, and who says so. */
export interface KnownBad {
  readonly what: (versions: Versions) => string | undefined;
  readonly weight: Weight;
  readonly command: (platform: NodeJS.Platform) => string;
  readonly source: string;
}

const UPGRADE_VAGRANT = (platform: NodeJS.Platform): string => openUrl(platform, VAGRANT_INSTALL);

/** A VirtualBox series that Vagrant supports only from `since` on: an older Vagrant refuses it. */
function virtualBoxSeries(series: string, next: string, since: string, source: string): KnownBad {
  return {
    what: ({ vagrant, virtualBox }) => {
      if (vagrant === undefined || virtualBox === undefined || !between(virtualBox, series, next)) return undefined;
      if (compareVersions(vagrant, since) >= 0) return undefined;
      return `VirtualBox ${virtualBox} needs Vagrant ${since} or newer, here is ${vagrant}`;
    },
    ...{ weight: "error", command: UPGRADE_VAGRANT, source },
  };
}

/**
 * Each entry names its source. Vagrant's CHANGELOG says which release added support for which VirtualBox; the others
 * are users' reports in the projects' issue trackers.
 */
export const KNOWN_BAD: readonly KnownBad[] = [
  virtualBoxSeries("6.1", "7.0", "2.2.7", "Vagrant CHANGELOG 2.2.7, GH-11250; hashicorp/vagrant#11337"),
  virtualBoxSeries("7.0", "7.1", "2.3.2", "Vagrant CHANGELOG 2.3.2, GH-12947"),
  virtualBoxSeries("7.1", "7.2", "2.4.2", "hashicorp/vagrant#13501; Vagrant CHANGELOG 2.4.2, GH-13513"),
  virtualBoxSeries("7.2", "7.3", "2.4.9", "void-linux/void-packages#56826; Vagrant CHANGELOG 2.4.9"),
  {
    what: ({ vagrant, plugins }) => {
      const plugin = plugins.get("vagrant-libvirt");
      if (vagrant === undefined || plugin === undefined || !between(vagrant, "2.3.6", "2.4.1")) return undefined;
      return `vagrant-libvirt ${plugin} is reported not to load in Vagrant ${vagrant}; 2.3.4 and 2.4.1 work`;
    },
    ...{ weight: "warning", command: UPGRADE_VAGRANT, source: "vagrant-libvirt/vagrant-libvirt#1749" },
  },
  {
    what: ({ vagrant, plugins }) => {
      const plugin = plugins.get("vagrant-alpine");
      if (vagrant === undefined || plugin === undefined || compareVersions(vagrant, "2.2.6") < 0) return undefined;
      return `the plug-in vagrant-alpine ${plugin} is a part of Vagrant since 2.2.6 and deprecated`;
    },
    ...{ weight: "warning", command: () => "vagrant plugin uninstall vagrant-alpine" },
    source: "Vagrant CHANGELOG 2.2.6, GH-10975",
  },
  {
    what: ({ virtualBox, kernelWithKvm }) => {
      if (virtualBox === undefined || kernelWithKvm === undefined) return undefined;
      if (compareVersions(kernelWithKvm, "6.12") < 0) return undefined;
      return `Linux ${kernelWithKvm} gives KVM the processor's virtualisation as soon as its module is loaded; VirtualBox cannot start machines then (VERR_VMX_IN_VMX_ROOT_MODE, VERR_SVM_IN_USE)`;
    },
    weight: "warning",
    command: () =>
      "echo 'options kvm enable_virt_at_load=0' | sudo tee /etc/modprobe.d/kvm-on-demand.conf && sudo reboot",
    source: "VirtualBox/virtualbox#141, #188; Linux, kernel-parameters: kvm.enable_virt_at_load",
  },
];
