import { AlpineK8sError } from "../base/errors.js";
import { boxName } from "../model/versions/box-claim.js";
import { whyImpossible, type Combination } from "../model/versions/combination.js";

export const ARCHITECTURES = ["x86_64", "aarch64"] as const;
export type Architecture = (typeof ARCHITECTURES)[number];

/** Providers of Vagrant that a box can be packed for. */
export const BOX_PROVIDERS = ["libvirt", "virtualbox", "vmware_desktop"] as const;
export type BoxProvider = (typeof BOX_PROVIDERS)[number];

/** Docker starts nodes from an image, not from a box. */
const IMAGE_PROVIDER = "docker";
const PROVIDERS = [...BOX_PROVIDERS, IMAGE_PROVIDER] as const;
/** Whom a build is packed for. */
export type Provider = (typeof PROVIDERS)[number];

/** Why no box is made for these. */
const NO_BOX_FOR: Readonly<Record<string, string>> = {
  parallels: "a disk in its format can only be made by Parallels' own programs, on a Mac",
  hyperv: "its boxes hold a machine's description in a format that only Hyper-V writes",
};

/** What a box is to be. */
export interface BuildRequest extends Combination {
  readonly architecture: Architecture;
  readonly providers: readonly Provider[];
  /** With the images of the control plane in it. */
  readonly preload: boolean;
}

/** The name that the box gets. */
export function nameOf({ alpine, kubernetes, runtime }: Combination): string {
  return boxName({ alpine, kubernetes, runtime });
}

/** Whether Vagrant gets a box for it. */
export function takesBox(provider: Provider): provider is BoxProvider {
  return provider !== IMAGE_PROVIDER;
}

/** The image's name as `spec.vagrant.image` wants it: never one that Docker would look for in a public registry. */
export function imageName(request: Combination): string {
  return `localhost/alpine-k8s:${nameOf(request)}`;
}

/** The names in a list like `libvirt,docker`. Throws `usage` for an unknown one, and for one that gets no box, with the reason. */
export function providersIn(list: string): readonly Provider[] {
  const names = list.split(",").map((name) => name.trim());
  const known = (name: string): name is Provider => PROVIDERS.some((provider) => provider === name);
  return [...new Set(names)].map((name) => {
    if (known(name)) return name;
    const why = NO_BOX_FOR[name] ?? `no provider has this name; there are ${PROVIDERS.join(", ")}`;
    throw new AlpineK8sError("usage", `no box can be built for ${JSON.stringify(name.slice(0, 40))}: ${why}`, {
      hints: [`alpine-k8s box build --provider ${BOX_PROVIDERS[0]}`],
    });
  });
}

/**
 * Throws `usage`, naming the nearest that can be made, for what cannot be made from Alpine's packages, and for an image with
 * others in it.
 */
export function refuseImpossible(request: BuildRequest): void {
  if (request.preload && request.providers.includes(IMAGE_PROVIDER)) throw noPreload();
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

/** A whiteout of the inner layer is one of Docker's own layer, which hides the file instead of holding it. */
function noPreload(): AlpineK8sError {
  const why = "layers of the runtime cannot lie in a layer of Docker's, which takes their whiteouts for its own";
  return new AlpineK8sError("usage", `no image with preloaded images can be built for docker: ${why}`, {
    hints: ["leave --preload out, or build for docker by itself: alpine-k8s box build --provider docker"],
  });
}
