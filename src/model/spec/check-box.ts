import { boxName, claimOf, type BoxClaim } from "../versions/box-claim.js";
import { type Impossible, whyImpossible } from "../versions/combination.js";
import type { Given } from "./check-networks.js";
import type { ClusterSpec } from "./cluster-spec.js";
import type { Path, Problem } from "./problems.js";

const PROVIDER: Path = ["spec", "vagrant", "provider"];
const IMAGE: Path = ["spec", "vagrant", "image"];
const BOX_KEYS = ["box", "boxUrl", "boxSha256", "boxCatalog", "boxBase", "boxBaseSha512", "boxMirror"];

/** What is wrong with the image and the box: Docker starts nodes from an image, every other provider from a box. */
export function imageProblems({ provider, vagrant }: ClusterSpec, given: Given): Problem[] {
  if (provider !== "vagrant") return [];
  if (vagrant.provider !== "docker") {
    if (vagrant.image === undefined) return [];
    return [
      { path: IMAGE, what: "only containers have an image; say spec.vagrant.provider: docker, or take the image out" },
    ];
  }
  const boxes = BOX_KEYS.map((key): Path => ["spec", "vagrant", key]).filter((path) => given(path));
  return [
    ...(vagrant.image === undefined ? [{ path: PROVIDER, what: IMAGE_NEEDED }] : []),
    ...boxes.map((path) => ({ path, what: "docker has no boxes; spec.vagrant.image says what nodes start from" })),
  ];
}

const IMAGE_NEEDED =
  "docker needs spec.vagrant.image (or --image): an image of an Alpine node with an init, sshd and kubeadm; there is no " +
  "default, docs/providers.md says what it has to carry";

const BOX: Path = ["spec", "vagrant", "box"];
const VERSION: Path = ["spec", "kubernetes", "version"];

/**
 * A box that the spec names and that cannot be there: by its name Alpine's packages are in it, and Alpine has no such
 * packages. Boxes of the user's own, with `boxUrl` or named OWNER/NAME, may have anything in them and are not judged, nor are
 * images and hosts.
 */
export function combinationProblems({ provider, vagrant, kubernetes }: ClusterSpec, given: Given): Problem[] {
  if (!given(BOX) || provider !== "vagrant" || vagrant.provider === "docker" || vagrant.boxUrl !== "") return [];
  return problemsOfBox(vagrant.box, kubernetes.version, given);
}

function problemsOfBox(box: string, wanted: string | undefined, given: Given): Problem[] {
  const claim = claimOf(box);
  const version = wanted ?? claim?.kubernetes;
  if (claim === undefined || version === undefined) return [];
  const { alpine, runtime = "containerd" } = claim;
  const impossible = whyImpossible({ alpine, kubernetes: version, runtime });
  if (impossible === undefined) return [];
  const path = impossible.part === "kubernetes" && given(VERSION) ? VERSION : BOX;
  return [{ path, what: `${impossible.reason}, and the box is ${box}; ${wayOut(impossible, claim)}` }];
}

function wayOut({ nearest }: Impossible, claim: BoxClaim): string {
  const words = `the nearest that works is Kubernetes ${nearest.kubernetes} with ${nearest.runtime} on Alpine ${nearest.alpine}`;
  const name = claim.runtime === undefined ? "" : ` (${boxName(nearest)})`;
  return `${words}${name}; a box of your own is taken as it is: say where it is in spec.vagrant.boxUrl`;
}
