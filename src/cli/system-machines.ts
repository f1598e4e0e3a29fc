import { AlpineK8sError } from "../base/errors.js";
import type { MachinesInput } from "../engine/tools.js";
import { dockerMachines } from "../machines/docker-machines.js";
import { hostsMachines } from "../machines/hosts-machines.js";
import type { Machines } from "../machines/machines.js";
import { vagrantMachines } from "../machines/vagrant-machines.js";
import { addressAddon } from "../model/spec/addons/shared-address.js";
import { allowsCgroupV1 } from "../model/kubeadm/node-allowances.js";
import { machineNetwork } from "../templates/cluster-files.js";
import { createVagrant } from "../vagrant/create-vagrant.js";
import { dockerContainers } from "../vagrant/docker-containers.js";
import { nameserversHere } from "../vagrant/nameservers.js";

/** The machines of a cluster as its identity has them: Vagrant's, Vagrant's containers, or hosts that exist already. */
export function systemMachines({ paths, spec, identity, sshPublicKey, log }: MachinesInput): Machines {
  if (identity.provider === "hosts") return hostsMachines(paths.folder);
  if (identity.vagrantProvider === undefined) throw new AlpineK8sError("bug", "the identity names no Vagrant provider");
  const vagrant = createVagrant({ folder: paths.folder, provider: identity.vagrantProvider, log });
  const made = vagrantMachines({ paths, spec, identity, sshPublicKey, vagrant });
  if (identity.vagrantProvider !== "docker") return made;
  return dockerMachines({
    ...{ vagrant: made, log, nameservers: nameserversHere() },
    containers: dockerContainers(paths.folder, log),
    network: machineNetwork(identity),
    demands: {
      ...{ kubernetesVersion: identity.kubernetesVersion, allowsCgroupV1: allowsCgroupV1(spec) },
      sharesAddress: addressAddon(spec) !== undefined,
    },
  });
}
