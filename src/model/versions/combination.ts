import type { AlpineRelease, RuntimeName } from "./facts.js";
import { isWithin, minorOf } from "./kubernetes.js";
import { alpineRelease } from "./support.js";
import { ALPINE, DOCKERSHIM_GONE, RUNTIMES } from "./table.js";

/** Alpine, Kubernetes and runtime that are to be one machine, all from Alpine's packages. */
export interface Combination {
  /** `3.24`. */
  readonly alpine: string;
  /** `v1.36.1`. */
  readonly kubernetes: string;
  readonly runtime: RuntimeName;
}

/** Why a combination cannot work, and the one nearest to it that can. */
export interface Impossible {
  /** Which part is to blame. */
  readonly part: "kubernetes" | "runtime";
  readonly reason: string;
  readonly nearest: Combination;
}

/**
 * Why a machine cannot be made so from Alpine's packages; undefined when it can, or when the table does not tell: an Alpine
 * that is not in it, or whose Kubernetes is only inferred. Patches are not compared, they may have changed since. Throws
 * `usage` for what is no version of Kubernetes.
 */
export function whyImpossible(wanted: Combination): Impossible | undefined {
  const minor = minorOf(wanted.kubernetes);
  const has = packagedMinor(alpineRelease(wanted.alpine));
  const release = has === undefined || has.minor === minor ? undefined : nearestRelease(minor);
  const runtime = runtimeFor(wanted.runtime, release?.minor ?? minor);
  const nearest = {
    alpine: release?.alpine ?? wanted.alpine,
    kubernetes: release?.version ?? wanted.kubernetes,
    runtime: runtime.name,
  };
  if (has !== undefined && release !== undefined) {
    const reason = `Alpine ${wanted.alpine} has no packages of Kubernetes 1.${minor}, only of ${has.version}`;
    return { part: "kubernetes", reason, nearest };
  }
  return runtime.name === wanted.runtime ? undefined : { part: "runtime", reason: runtime.reason, nearest };
}

interface PackagedMinor {
  readonly alpine: string;
  /** `v1.36.1`. */
  readonly version: string;
  readonly minor: number;
}

/** The Kubernetes that an Alpine release was seen to have. */
function packagedMinor(release: AlpineRelease | undefined): PackagedMinor | undefined {
  const [version] = release?.kubernetes?.seen === true ? release.kubernetes.versions : [];
  if (release === undefined || version === undefined) return undefined;
  return { alpine: release.release, version: `v${version}`, minor: minorOf(`v${version}`) };
}

/** The release with the nearest minor; of two that are as near the newer one. */
function nearestRelease(minor: number): PackagedMinor | undefined {
  const known = ALPINE.flatMap((release) => packagedMinor(release) ?? []);
  return known.sort((one, other) => Math.abs(one.minor - minor) - Math.abs(other.minor - minor))[0];
}

/** The runtime that is asked for when Alpine has all that it needs for this minor, else containerd and the reason. */
function runtimeFor(name: RuntimeName, minor: number): { readonly name: RuntimeName; readonly reason: string } {
  const row = RUNTIMES.find((runtime) => runtime.name === name && isWithin(minor, runtime.minors));
  if (row !== undefined && row.missing.length === 0) return { name, reason: "" };
  const gone =
    name === "docker" ? `the kubelet's own way to Docker is gone since Kubernetes 1.${DOCKERSHIM_GONE}, and ` : "";
  const reason = `${gone}Alpine has no package of ${row?.missing.join(", ") ?? name}, which ${name} needs with Kubernetes 1.${minor}`;
  return { name: "containerd", reason };
}
