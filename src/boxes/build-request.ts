import { AlpineK8sError } from "../base/errors.js";
import { boxName } from "../model/versions/box-claim.js";
import { whyImpossible, type Combination } from "../model/versions/combination.js";

export const ARCHITECTURES = ["x86_64", "aarch64"] as const;
export type Architecture = (typeof ARCHITECTURES)[number];

/** Providers of Vagrant that a box can be packed for. */
export const BOX_PROVIDERS = ["libvirt", "virtualbox", "vmware_desktop"] as const;
export type BoxProvider = (typeof BOX_PROVIDERS)[number];

/** Why no box is made for these. */
const NO_BOX_FOR: Readonly<Record<string, string>> = {
  docker: "Docker starts nodes from an image, not from a box: spec.vagrant.image",
  parallels: "a disk in its format can only be made by Parallels' own programs, on a Mac",
  hyperv: "its boxes hold a machine's description in a format that only Hyper-V writes",
};

/** What a box is to be. */
export interface BuildRequest extends Combination {
  readonly architecture: Architecture;
  readonly providers: readonly BoxProvider[];
  /** With the images of the control plane in it. */
  readonly preload: boolean;
}

/** The name that the box gets. */
export function nameOf({ alpine, kubernetes, runtime }: Combination): string {
  return boxName({ alpine, kubernetes, runtime });
}

/** The names in a list like `libvirt,virtualbox`. Throws `usage` for an unknown one, and for one that gets no box, with the reason. */
export function providersIn(list: string): readonly BoxProvider[] {
  const names = list.split(",").map((name) => name.trim());
  const known = (name: string): name is BoxProvider => BOX_PROVIDERS.some((provider) => provider === name);
  return [...new Set(names)].map((name) => {
    if (known(name)) return name;
    const why = NO_BOX_FOR[name] ?? `no provider has this name; there are ${BOX_PROVIDERS.join(", ")}`;
    throw new AlpineK8sError("usage", `no box can be built for ${JSON.stringify(name.slice(0, 40))}: ${why}`, {
      hints: [`alpine-k8s box build --provider ${BOX_PROVIDERS[0]}`],
    });
  });
}

/** Throws `usage`, naming the nearest that can be made, for what cannot be made from Alpine's packages. */
export function refuseImpossible(request: Combination): void {
  const impossible = whyImpossible(request);
  if (impossible === undefined) return;
  const { reason, nearest } = impossible;
  throw new AlpineK8sError("usage", `this box cannot be built: ${reason}`, {
    hints: [
      `the nearest has ${nearest.runtime}: alpine-k8s box build --alpine ${nearest.alpine} --kubernetes ${nearest.kubernetes}`,
      "alpine-k8s versions",
    ],
  });
}
