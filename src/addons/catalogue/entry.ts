/** Values of parameters, and what a parameter is by default. */
export type ParameterValue = string | number | boolean;

/** Something that a user may set under `values`. */
export interface Parameter {
  readonly type: "string" | "integer" | "boolean";
  readonly default: ParameterValue;
  /** The only values that there are; absent when any of the type will do. */
  readonly choices?: readonly string[];
  readonly description: string;
}

/** A file of an add-on's maker, pinned by its sum (lower-case hex), or one that lies in the catalogue. */
export type Source =
  | { readonly url: string; readonly sha256: string }
  | {
      /** Relative to the catalogue, in it. */
      readonly file: string;
      readonly sha256?: string;
    };

export interface Release {
  readonly version: string;
  /** First and last minor of Kubernetes 1.x for which this release is chosen. */
  readonly minors: readonly [first: number, last: number];
  /** In the order in which they are applied; none when all objects are ours. */
  readonly sources: readonly Source[];
  /** What its pods run, with digests where they are known; also those that patches put in. */
  readonly images: readonly string[];
}

/** What lets a pod reach beyond itself to its node. */
export const PRIVILEGES = ["privileged", "hostNetwork", "hostPID", "hostIPC", "hostPath", "capabilities"] as const;
export type Privilege = (typeof PRIVILEGES)[number];

/** A change of one object of the manifests. Its object has to be there exactly once, or the release cannot be used. */
export interface Patch {
  readonly kind: string;
  readonly name: string;
  /** Absent for objects of the whole cluster. */
  readonly namespace?: string;
  /** Only for these minors of Kubernetes. */
  readonly minors?: readonly [first: number, last: number];
  readonly changes: readonly Change[];
  /** Leaves the object out; then there are no changes. */
  readonly drop?: boolean;
}

/**
 * A change at a place: keys one after the other; `*` for each entry of a list, `name=X` for the entry with this name,
 * `$json` to go into a text that is JSON. What is missing at the end is made, all before has to be there.
 */
export interface Change {
  readonly at: readonly string[];
  /** What stands there afterwards; texts may hold `${…}`, see `fill`. */
  readonly value?: unknown;
  /** Added to a list, except for what it has already. */
  readonly append?: readonly unknown[];
  readonly remove?: boolean;
}

/** What an add-on has to show besides workloads that are available. */
export interface Readiness {
  /** Stable, for JSON and messages. */
  readonly id: string;
  readonly title: string;
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
  /** The condition in the object's status that has to be True. */
  readonly condition: string;
}

/** How `open` reaches an add-on's pages. */
interface Opens {
  readonly namespace: string;
  readonly service: string;
  readonly port: number;
  readonly scheme: "http" | "https";
  readonly path: string;
}

type State = "maintained" | "deprecated" | "ended";

/** An add-on of a catalogue: one file, in the format of docs/addons/catalogue.md. */
export interface CatalogueEntry {
  readonly name: string;
  /** What it does, in a few words. */
  readonly title: string;
  readonly isNetwork: boolean;
  /**
   * A pod that `up` puts on every master as the kubelet's own, instead of objects that the API gets; texts may hold `${…}`.
   * Only and always of the add-on that gives the masters one address.
   */
  readonly staticPod?: Readonly<Record<string, unknown>>;
  readonly state: State;
  /** The day on which its makers ended it, as in `2026-01-21`. */
  readonly ended?: string;
  readonly replacement?: string;
  /** Said when it is enabled: known holes, what it does not do. */
  readonly remarks: readonly string[];
  readonly parameters: Readonly<Record<string, Parameter>>;
  /** Names of add-ons without which it does not work. */
  readonly needs: readonly string[];
  /** Newest first. */
  readonly releases: readonly Release[];
  readonly patches: readonly Patch[];
  /** Objects of ours, applied after those of the sources; texts may hold `${…}`. */
  readonly objects: readonly Readonly<Record<string, unknown>>[];
  readonly conditions: readonly Readiness[];
  /** What its pods have of {@link PRIVILEGES}; `npm run audit:addons` finds any other. */
  readonly privileges: readonly Privilege[];
  readonly opens?: Opens;
  /** What stays when it is disabled, in words. */
  readonly keeps: readonly string[];
  /**
   * Reads a file among its sources; absent where there can be none. Throws `usage` for one that is not there, and `node`
   * for a sum that differs.
   */
  readonly readFile?: (source: Extract<Source, { file: string }>) => Promise<string>;
}
