import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import type { Header } from "tar-stream";
import { AlpineK8sError, messageOf } from "../../base/errors.js";
import { shown } from "../../model/spec/problems.js";

/** Bytes of an archive when it is unpacked. */
const LARGEST = 64 * 1024 * 1024;
/** Files and folders of an archive. */
const MOST = 2000;

/** The files of a catalogue by their paths, or the text of the only one. */
export type Unpacked = ReadonlyMap<string, Buffer> | string;

/**
 * Unpacks a catalogue in memory: a tar archive, also one that gzip has packed, or a single text. A folder that holds all
 * the rest is left out of the paths. Throws `usage` for links, for paths out of the archive, and for more than 64 MiB or 2000
 * entries. `place` names it in messages.
 */
export async function unpack(bytes: Buffer, place: string): Promise<Unpacked> {
  const plain = bytes[0] === 0x1f && bytes[1] === 0x8b ? await gunzipped(bytes, place) : bytes;
  // The magic of every tar since POSIX 1988 (POSIX pax, "ustar Interchange Format").
  if (plain.subarray(257, 262).toString("latin1") !== "ustar") return plain.toString("utf8");
  return withoutTop(await filesIn(plain, place));
}

async function gunzipped(bytes: Buffer, place: string): Promise<Buffer> {
  try {
    return await promisify(gunzip)(bytes, { maxOutputLength: LARGEST });
  } catch (error) {
    const isLarge = (error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE";
    throw refused(place, isLarge ? `it is larger than ${LARGEST} bytes when unpacked` : messageOf(error));
  }
}

async function filesIn(bytes: Buffer, place: string): Promise<ReadonlyMap<string, Buffer>> {
  const { extract } = await import("tar-stream");
  const files = new Map<string, Buffer>();
  const reader = extract();
  reader.end(bytes);
  let count = 0;
  try {
    for await (const entry of reader) {
      count += 1;
      if (count > MOST) throw refused(place, `it has more than ${MOST} entries`);
      const path = safePath(entry.header, place);
      const chunks: Buffer[] = [];
      for await (const chunk of entry) chunks.push(chunk as Buffer);
      if (entry.header.type === "directory") continue;
      if (files.has(path)) throw refused(place, `it has ${shown(path)} twice`);
      files.set(path, Buffer.concat(chunks));
    }
  } catch (error) {
    if (error instanceof AlpineK8sError) throw error;
    throw refused(place, `it is no whole archive: ${messageOf(error)}`);
  }
  return files;
}

function safePath({ name, type }: Header, place: string): string {
  if (type !== "file" && type !== "contiguous-file" && type !== "directory") {
    throw refused(
      place,
      `${shown(name)} is a ${type ?? "thing of an unknown kind"}, and only files and folders are read`,
    );
  }
  const path = name.replace(/^(?:\.\/)+|^\.$/, "").replace(/\/+$/, "");
  if (path.startsWith("/") || path.includes("\\") || path.split("/").includes("..")) {
    throw refused(place, `the path ${shown(name)} leads out of it`);
  }
  return path;
}

function withoutTop(files: ReadonlyMap<string, Buffer>): ReadonlyMap<string, Buffer> {
  const [first = ""] = files.keys();
  const top = first.slice(0, first.indexOf("/") + 1);
  if (top === "" || ![...files.keys()].every((path) => path.startsWith(top))) return files;
  return new Map([...files].map(([path, content]) => [path.slice(top.length), content]));
}

function refused(place: string, why: string): AlpineK8sError {
  return new AlpineK8sError("usage", `the catalogue ${place} cannot be used: ${why}`, {
    hints: ["correct spec.catalogues in alpine-k8s.yaml, or pack the folder again: tar -czf catalogue.tar.gz FOLDER"],
  });
}
