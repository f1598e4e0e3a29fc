import { homedir } from "node:os";
import { join } from "node:path";
import { addonManifest } from "../addons/addon-manifest.js";
import { cachedFile } from "../addons/cached-file.js";
import { localSystem } from "../base/local-system.js";
import { AlpineK8sError } from "../base/errors.js";
import { connectKube } from "../kube/connect-kube.js";
import { readCredentials } from "../kubeconfig/admin-config.js";
import { connectSsh } from "../remote/connect-ssh.js";
import { openHostKeys, unwritten, type HostKeyStore } from "../remote/host-keys.js";
import type { ClusterSpec, VagrantProviderName } from "../model/spec/cluster-spec.js";
import { DEFAULT_VAGRANT_PROVIDER } from "../model/spec/defaults.js";
import { machineNetwork } from "../templates/cluster-files.js";
import { createVagrant } from "../vagrant/create-vagrant.js";
import { dockerContainers } from "../vagrant/docker-containers.js";
import { nameserversHere } from "../vagrant/nameservers.js";
import { systemClock } from "../base/wait.js";
import type { CatalogueFileInput, MachinesInput, Tools } from "../engine/tools.js";
import type { ConnectOptions } from "../machines/connect.js";
import type { DiscoverInput } from "../machines/discover.js";
import { chooseBox } from "../operations/box/choose-box.js";
import { NodeFleet } from "../nodes/node-fleet.js";
import { addressAddon } from "../model/spec/addons/shared-address.js";
import { allowsCgroupV1 } from "../model/kubeadm/node-allowances.js";
import { dockerMachines } from "../machines/docker-machines.js";
import { hostsMachines } from "../machines/hosts-machines.js";
import { askHostsVersion } from "../machines/hosts-version.js";
import type { Machines } from "../machines/machines.js";
import { vagrantMachines } from "../machines/vagrant-machines.js";

/** The real implementations: ssh, Vagrant, the cluster's API, the network. */
export function systemTools(): Tools {
  // All connections of a run share one store for each known_hosts file: it serialises concurrent pins.
  const stores = new Map<string, HostKeyStore>();
  const hostKeysOf = (path: string, onPinned: ConnectOptions["onPinned"]): HostKeyStore => {
    const store = stores.get(path) ?? openHostKeys(path, onPinned);
    stores.set(path, store);
    return store;
  };
  const tools: Tools = {
    clock: systemClock,
    computer: localSystem(),
    discoverDefaults: (input) => discoverDefaults(tools, input),
    connect: (target, { paths, signal, log, onPinned, onReason, patience, pins }) =>
      connectSsh(target, {
        hostKeys: pins === false ? unwritten(openHostKeys(paths.knownHosts)) : hostKeysOf(paths.knownHosts, onPinned),
        log,
        signal,
        // The network reports a machine that is off within seconds; a slow sshd may need longer to send its banner.
        connectTimeout: 15_000,
        retry: { atMost: patience, every: 1_000 },
        ...(onReason === undefined ? {} : { onReason }),
      }),
    machines,
    kube: ({ adminConfig, ...more }) => {
      const credentials = readCredentials(adminConfig);
      return connectKube({ direct: credentials, ...more });
    },
    fleet: (input) => new NodeFleet(input),
    manifest: (input) => addonManifest({ ...input, cacheFolder: cacheFolder(), env: process.env }),
    catalogueFile,
  };
  return tools;
}

function catalogueFile({ proxyCa, offline = false, ...input }: CatalogueFileInput): Promise<Buffer> {
  const ways = ["bring the catalogue as a folder: spec.catalogues: [{folder: FOLDER}]"];
  return cachedFile({
    ...{ ...input, offline, ca: proxyCa, ways },
    ...{ cacheFolder: cacheFolder(), extension: "catalogue", env: process.env },
  });
}

function cacheFolder(): string {
  const base = process.env["XDG_CACHE_HOME"];
  return join(base === undefined || base === "" ? join(homedir(), ".cache") : base, "alpine-k8s", "manifests");
}

function machines({ paths, spec, identity, sshPublicKey, log }: MachinesInput): Machines {
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

async function discoverDefaults(tools: Tools, input: DiscoverInput): ReturnType<Tools["discoverDefaults"]> {
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
