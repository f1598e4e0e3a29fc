import { join } from "node:path";
import type { LocalFiles } from "../base/local-system.js";
import { takesBox, type Provider } from "./build-request.js";

/** Where boxes are built and kept on this computer. Pure: makes and reads nothing. */
export interface BoxPaths {
  readonly folder: string;
  /** Verified images that boxes are built of, by their sums. */
  readonly bases: string;
  /** What a comparison with a signature needs meanwhile. */
  readonly signature: string;
  readonly lock: string;
  /** Notes of machines that a build has started. */
  readonly children: string;
}

/** The files of one box. What stands at such a path is whole. */
export interface BuiltPaths {
  readonly folder: string;
  /** Everything that is not whole yet. */
  readonly work: string;
  /** The disk after the recipe. */
  readonly disk: string;
  /** Its tree; see root-archive.ts. */
  readonly root: string;
  /** What is in it; see contents.ts. */
  readonly contents: string;
  /** What it is and was built of; see build-record.ts. */
  readonly record: string;
  /** The box, or the image. */
  readonly packed: (provider: Provider) => string;
  /** Vagrant's catalogue of the boxes beside it. */
  readonly catalogue: string;
}

/** The folder is `alpine-k8s/boxes` in the user's folder for caches (XDG Base Directory). */
export function boxPaths({ env, home }: Pick<LocalFiles, "env" | "home">): BoxPaths {
  const base = env["XDG_CACHE_HOME"];
  const folder = join(base === undefined || base === "" ? join(home, ".cache") : base, "alpine-k8s", "boxes");
  const inside = (name: string): string => join(folder, name);
  return {
    ...{ folder, bases: inside("base"), signature: inside("signature") },
    ...{ lock: inside("lock"), children: inside("children") },
  };
}

/** The files of the box that has this key. */
export function builtPaths({ folder: all }: BoxPaths, key: string): BuiltPaths {
  const folder = join(all, key);
  return {
    folder,
    work: join(folder, "work"),
    disk: join(folder, "disk.qcow2"),
    root: join(folder, "root.tar.zst"),
    contents: join(folder, "contents.json"),
    record: join(folder, "record.json"),
    packed: (provider) => join(folder, takesBox(provider) ? `${provider}.box` : `${provider}-image.tar`),
    catalogue: join(folder, "catalogue.json"),
  };
}
