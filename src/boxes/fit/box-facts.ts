import { printable } from "../../base/printable.js";
import { claimOf } from "../../model/versions/box-claim.js";

/** What is in a box, as its metadata say. */
export interface BoxFacts {
  /** `v1.36.1`. */
  readonly kubernetes: string | undefined;
  readonly runtime: string | undefined;
  readonly alpine: string | undefined;
}

/** What a box must have in it. */
export interface WantedBox {
  readonly kubernetes: string;
  readonly runtime: string;
}

/** Characters of a value; ours have some ten. */
const LONGEST = 60;

/**
 * What stands under `alpine-k8s` in the metadata of a box, or in a version of a catalogue; undefined when nothing does. Values
 * are cut and cleaned, for a box may come from anywhere.
 */
export function boxFacts(about: unknown): BoxFacts | undefined {
  if (typeof about !== "object" || about === null) return undefined;
  const told = about as Readonly<Record<string, unknown>>;
  const text = (key: string): string | undefined => {
    const value = told[key];
    return typeof value === "string" && value !== "" ? printable(value.slice(0, LONGEST)) : undefined;
  };
  return { kubernetes: text("kubernetes"), runtime: text("runtime"), alpine: text("alpine") };
}

/** Whether a box of this name has what is wanted; one that is not what its name says never does. */
export function fits(name: string, facts: BoxFacts | undefined, wanted: WantedBox): boolean {
  if (facts === undefined || belies(name, facts)) return false;
  return facts.kubernetes === wanted.kubernetes && facts.runtime === wanted.runtime;
}

/** Whether the metadata of a box say something else than its name, which has the form of our names. */
export function belies(name: string, facts: BoxFacts): boolean {
  const claim = claimOf(name);
  if (claim?.kubernetes === undefined) return false;
  return (["kubernetes", "runtime", "alpine"] as const).some((key) => (facts[key] ?? claim[key]) !== claim[key]);
}

/** `Kubernetes v1.36.1 with containerd on Alpine 3.24`. */
export function factsText({ kubernetes, runtime, alpine }: BoxFacts): string {
  const on = alpine === undefined ? "" : ` on Alpine ${alpine}`;
  return `Kubernetes ${kubernetes ?? "of no version"} with ${runtime ?? "no runtime"}${on}`;
}
