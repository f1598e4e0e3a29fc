import type { RuntimeName } from "./facts.js";

/** What the name of a box says is in it. */
export interface BoxClaim {
  /** `3.24`. */
  readonly alpine: string;
  /** Absent when it is plain Alpine, whose nodes get their programs from its repositories. */
  readonly runtime?: RuntimeName;
  /** `v1.36.1`, with the runtime. */
  readonly kubernetes?: string;
}

/** The form of our own boxes' names, as in the default. */
const OWN =
  /^alpine-(\d+\.\d+)-(containerd|crio|docker)-kubernetes-(v1\.\d{1,3}\.\d{1,5}(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?)$/;

/** Public boxes with plain Alpine: cloud-image/alpine-3.24, generic/alpine319, boxomatic/alpine-3.22, boxen/alpine-3.22. */
const PLAIN = /^(?:(?:cloud-image|boxomatic|boxen)\/alpine-(\d)\.(\d+)|generic(?:-x64|-a64)?\/alpine(\d)(\d\d))$/;

/** What a box must have in it by its name; undefined for any other name, which says nothing. */
export function claimOf(box: string): BoxClaim | undefined {
  const own = OWN.exec(box);
  if (own !== null) {
    const [, alpine = "", runtime, kubernetes = ""] = own;
    return { alpine, runtime: runtime as RuntimeName, kubernetes };
  }
  const plain = PLAIN.exec(box);
  if (plain === null) return undefined;
  const [, major, minor, oldMajor, oldMinor] = plain;
  return { alpine: `${major ?? oldMajor ?? ""}.${minor ?? oldMinor ?? ""}` };
}

/** The name that a box of ours has. */
export function boxName({ alpine, runtime, kubernetes }: Required<BoxClaim>): string {
  return `alpine-${alpine}-${runtime}-kubernetes-${kubernetes}`;
}
