import type { Path } from "./problems.js";
import { isGroup } from "./schema.js";

/** Values given as flags; absent ones leave the file's value. Checked by the same rules as the file. */
export interface SpecOverrides {
  readonly name?: string | undefined;
  readonly masters?: number | undefined;
  readonly minions?: number | undefined;
  readonly provider?: string | undefined;
  readonly vagrantProvider?: string | undefined;
  readonly kubernetesVersion?: string | undefined;
  readonly box?: string | undefined;
  readonly boxUrl?: string | undefined;
  readonly image?: string | undefined;
  /** CIDR of the cluster network. */
  readonly network?: string | undefined;
  readonly addons?: readonly string[] | undefined;
}

interface Flag {
  readonly flag: string;
  readonly path: Path & readonly string[];
}

const FLAGS: Readonly<Record<keyof SpecOverrides, Flag>> = {
  name: { flag: "--name", path: ["metadata", "name"] },
  masters: { flag: "--masters", path: ["spec", "nodes", "masters", "count"] },
  minions: { flag: "--minions", path: ["spec", "nodes", "minions", "count"] },
  provider: { flag: "--provider", path: ["spec", "provider"] },
  vagrantProvider: { flag: "--vagrant-provider", path: ["spec", "vagrant", "provider"] },
  kubernetesVersion: { flag: "--kubernetes-version", path: ["spec", "kubernetes", "version"] },
  box: { flag: "--box", path: ["spec", "vagrant", "box"] },
  boxUrl: { flag: "--box-url", path: ["spec", "vagrant", "boxUrl"] },
  image: { flag: "--image", path: ["spec", "vagrant", "image"] },
  network: { flag: "--network", path: ["spec", "vagrant", "network"] },
  addons: { flag: "--addons", path: ["spec", "addons"] },
};

/** The file's data with the flags' values in it, and the flags that were used. The input is not changed. */
export function applyOverrides(
  data: unknown,
  overrides: SpecOverrides,
): { readonly data: unknown; readonly flags: readonly Flag[] } {
  const keys = Object.keys(FLAGS) as (keyof SpecOverrides)[];
  const used = keys.filter((key) => overrides[key] !== undefined);
  return {
    data: used.reduce((result, key) => withValue(result, FLAGS[key].path, overrides[key]), data),
    flags: used.map((key) => FLAGS[key]),
  };
}

/** A value on the path that is not a group stays, so that it is reported as a problem. */
function withValue(data: unknown, path: readonly string[], value: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  if (data !== undefined && data !== null && !isGroup(data)) return data;
  const inner = data !== undefined && data !== null && Object.hasOwn(data, key) ? data[key] : undefined;
  return { ...data, [key]: withValue(inner, rest, value) };
}
