import type { Packaged } from "../model/versions/facts.js";
import { canalFor, isWithin } from "../model/versions/kubernetes.js";
import { dayOf, supportAt, type Support } from "../model/versions/support.js";
import {
  ALPINE,
  CNI_FOLDERS,
  CONTAINERD_FORMATS,
  KUBEADM_FORMATS,
  KUBERNETES,
  RUNTIMES,
  TRAPS,
} from "../model/versions/table.js";
import { readIdentity } from "../engine/read-cluster.js";

export interface VersionsInput {
  readonly folder: string;
  /** Milliseconds since 1970: the moment of which is told what gets fixes. */
  readonly now: number;
}

/** The table of versions, seen on a day; the shape of `versions -o json`, documented in docs/json.md. */
export interface VersionsReport {
  /** The day, in UTC. */
  readonly date: string;
  /** The cluster in the folder, and its Kubernetes; null when there is none. */
  readonly cluster: string | null;
  readonly kubernetesVersion: string | null;
  readonly kubernetes: readonly (Support & {
    readonly minor: string;
    /** Releases of Alpine that have it; a question mark behind those of which that is only inferred. */
    readonly alpine: readonly string[];
    readonly kubeadm: string;
    readonly canal: string;
    readonly containerd: readonly string[];
  })[];
  readonly alpine: readonly (Support & {
    readonly release: string;
    readonly kubernetes: string | null;
    readonly containerd: string | null;
    readonly docker: string | null;
    readonly openrc: string | null;
  })[];
  readonly runtimes: readonly {
    readonly name: string;
    readonly through: string;
    readonly first: string;
    /** Null: every newer one, too. */
    readonly last: string | null;
    readonly packages: readonly string[];
    readonly missing: readonly string[];
    readonly socket: string;
  }[];
  readonly containerd: readonly {
    readonly series: string;
    readonly version: number;
    readonly cniKey: string;
    readonly sandboxKey: string;
  }[];
  readonly cniFolders: readonly string[];
  readonly traps: readonly { readonly id: string; readonly what: string; readonly remedy: string }[];
}

/** The whole table, with what gets fixes at `now`. Reads the folder's identity, and throws `usage` when it is damaged. */
export async function versionsReport({ folder, now }: VersionsInput): Promise<VersionsReport> {
  const identity = await readIdentity(folder);
  return {
    date: dayOf(now),
    cluster: identity?.name ?? null,
    kubernetesVersion: identity?.kubernetesVersion ?? null,
    kubernetes: KUBERNETES.map(({ minor, ends, containerd }) => ({
      minor: `1.${minor}`,
      ...supportAt(ends, now),
      alpine: releasesWith(minor),
      kubeadm: KUBEADM_FORMATS.find(({ minors }) => isWithin(minor, minors))?.api ?? "",
      canal: canalFor(minor)?.version ?? "",
      containerd,
    })),
    alpine: ALPINE.map(({ release, ends, kubernetes, containerd, docker, openrc }) => ({
      release,
      ...supportAt(ends, now),
      ...{ kubernetes: packagedText(kubernetes), containerd: packagedText(containerd) },
      ...{ docker: packagedText(docker), openrc: packagedText(openrc) },
    })),
    runtimes: RUNTIMES.map(({ minors: [first, last], ...runtime }) => ({
      ...runtime,
      first: `1.${first}`,
      last: last === undefined ? null : `1.${last}`,
    })),
    containerd: CONTAINERD_FORMATS,
    cniFolders: [CNI_FOLDERS.alpine, CNI_FOLDERS.networks],
    traps: TRAPS,
  };
}

/** `1.36.1`; with a question mark when it is only inferred; null when nothing is known. */
function packagedText(packaged: Packaged | undefined): string | null {
  return packaged === undefined ? null : `${packaged.versions.join(" or ")}${packaged.seen ? "" : "?"}`;
}

function releasesWith(minor: number): string[] {
  return ALPINE.flatMap(({ release, kubernetes }) => {
    const has = kubernetes?.versions.some((version) => version.split(".")[1] === String(minor)) ?? false;
    return has ? [`${release}${kubernetes?.seen === true ? "" : "?"}`] : [];
  });
}
