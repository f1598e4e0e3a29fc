import { AlpineK8sError } from "../base/errors.js";
import type { Tools } from "../engine/tools.js";
import type { DiscoverInput } from "../machines/discover.js";
import { askHostsVersion } from "../machines/hosts-version.js";
import type { ClusterSpec, VagrantProviderName } from "../model/spec/cluster-spec.js";
import { DEFAULT_VAGRANT_PROVIDER } from "../model/spec/defaults.js";
import { chooseBox } from "../operations/box/choose-box.js";
import { createVagrant } from "../vagrant/create-vagrant.js";

/**
 * Finds what neither the spec nor the folder gives: the Vagrant provider, a box that fits, the hosts' Kubernetes version.
 * Offline only what needs no asking. Throws `prerequisite` when no provider can carry a cluster, `usage` when hosts are not
 * asked and the spec names no version.
 */
export async function discoverDefaults(tools: Tools, input: DiscoverInput): ReturnType<Tools["discoverDefaults"]> {
  const { spec, folder, proxyCa, signal } = input;
  if (spec.provider === "hosts") return { ...(await findHostsVersion(tools, input)) };
  const vagrantProvider = spec.vagrant.provider ?? (await usableProvider(input));
  if (input.offline) return { vagrantProvider };
  const chosen = await chooseBox({
    ...{ computer: tools.computer, folder, spec, provider: vagrantProvider, proxyCa, signal },
  });
  return { vagrantProvider, ...chosen };
}

async function usableProvider(input: DiscoverInput): Promise<VagrantProviderName> {
  if (input.offline) return DEFAULT_VAGRANT_PROVIDER;
  const vagrant = createVagrant({ folder: input.folder, provider: DEFAULT_VAGRANT_PROVIDER, log: () => undefined });
  const [usable] = await vagrant.providers();
  if (usable !== undefined) return usable;
  throw new AlpineK8sError("prerequisite", "this computer has no Vagrant provider that can carry a cluster", {
    hints: [
      "install VirtualBox, or libvirt with: vagrant plugin install vagrant-libvirt",
      "name one: alpine-k8s up --vagrant-provider NAME",
      "use machines that exist already: provider: hosts",
      "try the tool without virtual machines of your own: the practice cluster, docs/practice.md",
    ],
  });
}

async function findHostsVersion(tools: Tools, input: DiscoverInput): Promise<{ kubernetesVersion?: string }> {
  const { spec } = input;
  if (spec.kubernetes.version !== undefined) return {};
  if (input.offline) throw versionNeeded(spec);
  return { kubernetesVersion: await askHostsVersion(tools.connect, input) };
}

function versionNeeded(spec: ClusterSpec): AlpineK8sError {
  return new AlpineK8sError(
    "usage",
    `the spec of ${spec.name} names no Kubernetes version, and no host is asked here`,
    {
      hints: ['give it in alpine-k8s.yaml: spec.kubernetes.version: "vX.Y.Z", or --kubernetes-version vX.Y.Z'],
    },
  );
}
