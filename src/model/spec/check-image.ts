import type { Given } from "./check-networks.js";
import type { ClusterSpec } from "./cluster-spec.js";
import type { Path, Problem } from "./problems.js";

const PROVIDER: Path = ["spec", "vagrant", "provider"];
const IMAGE: Path = ["spec", "vagrant", "image"];
const BOX_KEYS = ["box", "boxUrl", "boxSha256"];

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
