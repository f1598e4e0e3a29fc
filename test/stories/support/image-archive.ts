import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { createReadStream, createWriteStream, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { readContents, type ContentEntry } from "../../../src/boxes/contents.js";
import { changeFor, isInContainer } from "../../../src/boxes/pack/container-root.js";

const { signal } = new AbortController();

/** An image's archive as its documents describe it, unpacked into a folder of this path. */
export interface UnpackedImage {
  readonly name: string;
  readonly config: { readonly rootfs: { readonly diff_ids: readonly string[] } };
  /** SHA-256 of the layer's archive. */
  readonly diffId: string;
  readonly entries: readonly ContentEntry[];
  /** Blobs whose name is not their sum. */
  readonly wrong: readonly string[];
}

export async function unpackImage(archive: string, to: string): Promise<UnpackedImage> {
  mkdirSync(to);
  execFileSync("tar", ["-xf", archive, "-C", to]);
  const text = (name: string): string => readFileSync(join(to, name), "utf8");
  const [image] = JSON.parse(text("manifest.json")) as [{ Config: string; RepoTags: [string]; Layers: [string] }];
  const blobs = readdirSync(join(to, "blobs/sha256"));
  const sums = await Promise.all(blobs.map((name) => sumOf(join(to, "blobs/sha256", name))));
  const layer = join(to, "layer.tar");
  await pipeline(createReadStream(join(to, image.Layers[0])), createGunzip(), createWriteStream(layer));
  return {
    ...{ name: image.RepoTags[0], config: JSON.parse(text(image.Config)) as UnpackedImage["config"] },
    ...{ diffId: `sha256:${await sumOf(layer)}`, entries: (await readContents(layer, signal)).entries },
    wrong: blobs.filter((name, index) => name !== sums[index]),
  };
}

/**
 * What differs between a tree and the layer of its image, besides what a container has otherwise; a file with several names
 * may have its bytes at another of them.
 */
export function differences(tree: readonly ContentEntry[], layer: readonly ContentEntry[]): readonly string[] {
  const wanted = linesOf(tree).filter(([path]) => isInContainer(path));
  const found = new Map(linesOf(layer));
  const paths = new Set(wanted.map(([path]) => path));
  return [
    ...wanted.flatMap(([path, line]) =>
      found.get(path) === line ? [] : [`${line}, in the image: ${found.get(path) ?? "not"}`],
    ),
    ...[...found.keys()].filter((path) => !paths.has(path)).map((path) => `${path} is only in the image`),
  ];
}

function linesOf(entries: readonly ContentEntry[]): readonly (readonly [string, string])[] {
  const byPath = new Map(entries.map((entry) => [entry.path, entry]));
  return entries.map((entry) => {
    const target = entry.type === "link" ? byPath.get(entry.target?.replace(/^\.\//, "") ?? "") : entry;
    const { type, mode, uid, gid, sha256, target: to } = target ?? entry;
    const content = changeFor(entry.path) === undefined ? sha256 : "changed";
    return [
      entry.path,
      [entry.path, type, mode.toString(8), uid, gid, content, type === "symlink" ? to : ""].join(" "),
    ];
  });
}

async function sumOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest("hex");
}
