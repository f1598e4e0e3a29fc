import type { ClusterPaths } from "../../base/paths.js";
import type { ClusterSpec, VagrantProviderName } from "../../model/spec/cluster-spec.js";
import { defaultNetworkOf } from "../../model/spec/defaults.js";
import { addressOf } from "../../model/spec/layout.js";
import type { Identity } from "../../model/topology/topology.js";
import type { LocalSystem, LocalFiles } from "../../base/local-system.js";
import type { LockState } from "../../engine/lock.js";
import type { Programs } from "./programs.js";

/** What the quick checks look at. */
export interface QuickSubject {
  readonly computer: LocalFiles;
  readonly paths: ClusterPaths;
  /** Absent when it is not valid. */
  readonly spec: ClusterSpec | undefined;
  /** Absent while there is no cluster in the folder. */
  readonly identity: Identity | undefined;
  /** The Vagrant provider that the cluster has, or would get. */
  readonly vagrantProvider: VagrantProviderName;
  /** Names of machines that Vagrant has made in this folder. */
  readonly made: ReadonlySet<string>;
}

/** Something wrong in the folder, found by reading it. */
export interface FolderProblem {
  readonly message: string;
  readonly command: string;
}

/** What all checks look at. */
export interface Subject extends QuickSubject {
  readonly computer: LocalSystem;
  readonly programs: Programs;
  readonly lock: LockState;
  readonly specProblem: FolderProblem | undefined;
  /** What is wrong with identity, CA or token. */
  readonly identityProblem: FolderProblem | undefined;
}

/** Whether the cluster's machines are made by Vagrant. */
export function usesVagrant({ identity, spec }: QuickSubject): boolean {
  return (identity?.provider ?? spec?.provider ?? "vagrant") === "vagrant";
}

/** The cluster network, CIDR; nothing with hosts. */
export function clusterNetwork(subject: QuickSubject): string | undefined {
  if (!usesVagrant(subject)) return undefined;
  const { identity, spec, vagrantProvider } = subject;
  return identity?.network ?? spec?.vagrant.network ?? defaultNetworkOf(vagrantProvider);
}

/** A machine as the spec declares it; memory in MiB. */
export interface Declared {
  readonly name: string;
  readonly memory: number;
}

/** All machines that the spec declares for Vagrant to make. */
export function declaredMachines(spec: ClusterSpec): readonly Declared[] {
  if (spec.provider !== "vagrant") return [];
  const { list, masters, minions } = spec.nodes;
  if (list.length > 0) {
    return list.map(({ name, role, memory }) => ({
      name,
      memory: memory ?? (role === "master" ? masters : minions).memory,
    }));
  }
  return [
    ...Array.from({ length: masters.count }, (_, index) => ({ name: `master${index + 1}`, memory: masters.memory })),
    ...Array.from({ length: minions.count }, (_, index) => ({ name: `minion${index + 1}`, memory: minions.memory })),
  ];
}

/** Where this computer reaches the API: the first master's address. */
export function apiAddress(subject: QuickSubject): string | undefined {
  const { spec } = subject;
  const network = clusterNetwork(subject);
  if (network === undefined) return spec?.hosts.find((host) => host.role === "master")?.address;
  return spec?.nodes.list.find((node) => node.role === "master")?.address ?? addressOf(network, "master", 1);
}

/** The command that opens the spec in an editor. */
export function editSpec({ computer }: Pick<QuickSubject, "computer">): string {
  return computer.platform === "win32" ? "notepad alpine-k8s.yaml" : '"${EDITOR:-vi}" alpine-k8s.yaml';
}
