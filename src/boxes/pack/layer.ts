import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { Transform, type TransformCallback } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { pack, type Pack } from "tar-stream";
import { AlpineK8sError } from "../../base/errors.js";
import { addEntry, eachOfRoot, type RootEntry } from "../root-archive.js";
import { changeFor, isInContainer } from "./container-root.js";

/** A layer of an image: sums as an image's documents write them, and bytes when it is packed. */
export interface Layer {
  /** Of the archive before it was packed. */
  readonly diffId: string;
  readonly digest: string;
  readonly size: number;
}

/**
 * Writes the tree, without what a container must not have, as a layer packed with gzip, which Docker takes since ever.
 * The same tree gives the same bytes. What came of it until a failure stays, for the caller to
 * remove. Throws `node` for a file that only has another name where a container has nothing.
 */
export async function writeLayer(root: string, to: string, signal: AbortSignal): Promise<Layer> {
  const tar = pack();
  const [plain, packed] = [new Measure(), new Measure()];
  const written = pipeline(tar, plain, createGzip(), packed, createWriteStream(to), { signal });
  written.catch(() => undefined);
  try {
    await eachOfRoot(root, signal, (entry, bytes) => addToLayer(tar, entry, bytes));
    tar.finalize();
    await written;
  } catch (error) {
    tar.destroy();
    await written.catch(() => undefined);
    throw error;
  }
  return { diffId: plain.digest(), digest: packed.digest(), size: packed.size };
}

async function addToLayer(tar: Pack, entry: RootEntry, bytes: AsyncIterable<Buffer>): Promise<void> {
  if (!isInContainer(entry.name)) {
    for await (const chunk of bytes) void chunk;
    return;
  }
  if (entry.type === "link" && !isInContainer(entry.linkname ?? "")) {
    const why = `${entry.name} is another name of ${entry.linkname ?? ""}, which a container does not have`;
    throw new AlpineK8sError("node", `no image can be made of this tree: ${why}`, {
      hints: ["give it a copy of its own, by a script of the recipe: --recipe FOLDER"],
    });
  }
  const change = entry.type === "file" ? changeFor(entry.name) : undefined;
  if (change === undefined) return addEntry(tar, entry, bytes);
  const chunks: Buffer[] = [];
  for await (const chunk of bytes) chunks.push(chunk);
  const text = Buffer.from(change(Buffer.concat(chunks).toString("utf8")));
  await addEntry(tar, { ...entry, size: text.length }, oneOf(text));
}

async function* oneOf(bytes: Buffer): AsyncGenerator<Buffer> {
  if (bytes.length > 0) yield await Promise.resolve(bytes);
}

/** Sums up what goes through. */
class Measure extends Transform {
  readonly #hash = createHash("sha256");
  size = 0;

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#hash.update(chunk);
    this.size += chunk.length;
    done(undefined, chunk);
  }

  digest(): string {
    return `sha256:${this.#hash.digest("hex")}`;
  }
}
