import type { Check, QuickCheck } from "./check.js";
import { box } from "./checks/box.js";
import { computerClock } from "./checks/computer-clock.js";
import { docker, dockerNetworks } from "./checks/docker.js";
import { disk } from "./checks/disk.js";
import { identity, spec } from "./checks/folder.js";
import { interceptingCa } from "./checks/intercepting-ca.js";
import { knownBadVersions } from "./checks/known-bad-versions.js";
import { kubernetesSupport } from "./checks/kubernetes-support.js";
import { lock } from "./checks/lock.js";
import { memory } from "./checks/memory.js";
import { otherClusters } from "./checks/other-clusters.js";
import { proxyCaEndsSoon } from "./checks/proxy-ca-ends.js";
import { proxy, proxyOfNodes } from "./checks/proxy.js";
import { renderedFiles } from "./checks/rendered-files.js";
import { secretModes } from "./checks/secret-modes.js";
import { sshAgent, sshKeys } from "./checks/ssh-keys.js";
import { subnetRoutes, vpn } from "./checks/subnet-routes.js";
import { vagrant } from "./checks/vagrant.js";
import { vagrantProvider } from "./checks/vagrant-provider.js";
import { virtualBoxRange } from "./checks/virtualbox-range.js";
import { virtualization } from "./checks/virtualization.js";

/** Checks that start no program and wait for nothing but files. */
export const QUICK_CHECKS: readonly QuickCheck[] = [
  ...[virtualization, memory, disk, virtualBoxRange, subnetRoutes, vpn, otherClusters, proxy, interceptingCa],
  ...[computerClock, sshKeys, sshAgent, box, secretModes],
];

/** All checks of this computer and the folder, in the order in which they are reported. */
export const CHECKS: readonly Check[] = [
  ...[vagrant, vagrantProvider, docker, dockerNetworks, knownBadVersions],
  ...QUICK_CHECKS.filter(({ on }) => on === "this computer"),
  ...[proxyOfNodes, spec, identity],
  ...QUICK_CHECKS.filter(({ on }) => on === "the folder"),
  ...[lock, renderedFiles, kubernetesSupport, proxyCaEndsSoon],
];
