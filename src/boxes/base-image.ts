import { copyFile, open, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { AlpineK8sError, messageOf } from "../base/errors.js";
import { exists, makeFolder } from "../base/files.js";
import { downloadFile } from "../http/download-file.js";
import type { HttpOptions } from "../http/http-get.js";
import { isUrl, shown, type BaseSource } from "./base-source.js";
import { fileSum } from "./file-sum.js";

/** Bytes of an image; Alpine's have some 200 million. */
const LARGEST = 4 * 1024 ** 3;
/** The first bytes of a QCOW2 image (QEMU, docs/interop/qcow2.txt). */
const QCOW2 = Buffer.from("QFI\xfb", "latin1");

export interface GetBase {
  readonly source: BaseSource;
  /** What its sum has to be. */
  readonly sha512: string;
  /** Folder of verified images. */
  readonly folder: string;
  readonly http: HttpOptions;
  readonly onBytes?: ((done: number, all: number | undefined) => void) | undefined;
}

/** Where the image with this sum lies once it was verified. */
export function basePath(folder: string, sha512: string): string {
  return join(folder, `${sha512.slice(0, 32)}.qcow2`);
}

/** Whether the image with this sum is there, verified. */
export function hasBase(folder: string, sha512: string): Promise<boolean> {
  return exists(basePath(folder, sha512));
}

/**
 * Brings a verified copy of the image into the folder. What is not whole or has another sum replaces nothing and is taken
 * away again. Throws `node` for a wrong sum, naming both, and for what is no QCOW2 image; `prerequisite` for files that
 * cannot be read or written; what {@link downloadFile} throws.
 */
export async function getBase(get: GetBase): Promise<void> {
  const { source, sha512, folder } = get;
  await makeFolder(folder);
  for (const name of await readdir(folder)) if (name.endsWith(".new")) await rm(join(folder, name), { force: true });
  const path = basePath(folder, sha512);
  const temporary = `${path}.new`;
  try {
    const sum = isUrl(source.place) ? await download(get, temporary) : await copy(get, temporary);
    if (sum !== sha512) throw wrongSum(source.place, sum, sha512);
    await refuseOtherFormats(source.place, temporary);
    await rename(temporary, path);
  } finally {
    await rm(temporary, { force: true });
  }
}

function download({ source, http, onBytes }: GetBase, path: string): Promise<string> {
  const hints = {
    unreachable: [
      "or give a file that is here: alpine-k8s box build --base FILE --sha512 SUM",
      "or a mirror: --mirror URL, in alpine-k8s.yaml spec.vagrant.boxMirror",
    ],
    refused: ["check the release and the mirror, or give the image itself: --base URL --sha512 SUM"],
  };
  return downloadFile({
    ...{ ...http, hints, url: source.place, path, mode: 0o644, algorithm: "sha512", limit: LARGEST },
    ...(onBytes === undefined ? {} : { onBytes }),
    cannotWrite: (error) => cannotWrite(path, error),
  });
}

async function copy({ source, http }: GetBase, path: string): Promise<string> {
  const { place } = source;
  const found = await stat(place).catch((error: unknown) => {
    throw cannotRead(place, (error as NodeJS.ErrnoException).code === "ENOENT" ? "it is not there" : messageOf(error));
  });
  if (!found.isFile()) throw cannotRead(place, "it is no file");
  if (found.size > LARGEST) throw cannotRead(place, `it is larger than ${LARGEST / 1024 ** 3} GiB`);
  await copyFile(place, path).catch((error: unknown) => {
    throw cannotWrite(path, error);
  });
  return fileSum(path, "sha512", http.signal);
}

async function refuseOtherFormats(place: string, path: string): Promise<void> {
  const first = await firstBytes(path);
  if (first.equals(QCOW2)) return;
  const isPage = first.toString("latin1").startsWith("<");
  const what = isPage ? "it is a page of text, as networks and proxies answer" : "it does not begin as QCOW2 does";
  throw new AlpineK8sError("node", `${shown(place)} is no disk image: ${what}`, {
    hints: ["give a QCOW2 image; another format becomes one with: qemu-img convert -O qcow2 IMAGE FILE.qcow2"],
  });
}

async function firstBytes(path: string): Promise<Buffer> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(QCOW2.length), 0, QCOW2.length, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

function wrongSum(place: string, sum: string, wanted: string): AlpineK8sError {
  const what = `its SHA-512 is ${sum.slice(0, 16)}…, wanted is ${wanted.slice(0, 16)}…`;
  return new AlpineK8sError("node", `cannot use ${shown(place)}: ${what}; nothing was kept`, {
    hints: [
      "run it again; if the sums still differ, the mirror or a proxy changes the file, or --sha512 is of another one",
    ],
  });
}

function cannotRead(place: string, why: string): AlpineK8sError {
  return new AlpineK8sError("prerequisite", `${place} cannot be used: ${why}`, {
    hints: ["correct --base: a file, or a URL that begins with https://"],
  });
}

function cannotWrite(path: string, error: unknown): AlpineK8sError {
  const hints = ["see that there is room; XDG_CACHE_HOME moves the folder"];
  return new AlpineK8sError("prerequisite", `cannot write ${path}: ${messageOf(error)}`, { hints, cause: error });
}
