import { readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { AlpineK8sError, messageOf } from "../base/errors.js";
import { makePrivateFolder } from "../base/files.js";
import { getFile } from "../http/get-file.js";
import type { HttpOptions } from "../http/http-get.js";
import { isUrl, shown, type BaseSource } from "./base-source.js";
import { verifySigned } from "./gpg.js";

/** Bytes of a signature, which has some hundreds. */
const LARGEST = 64 * 1024;
const BEGIN = "-----BEGIN PGP SIGNATURE-----";

export interface CheckSignature {
  readonly source: BaseSource;
  /** The image that was downloaded or copied; removed when its signature is bad. */
  readonly image: string;
  /** File with the key that must have made the signature; nothing: one of the user's keyring may have. */
  readonly key: string | undefined;
  /** Folder for what is needed meanwhile. */
  readonly work: string;
  readonly http: HttpOptions;
}

/** Where the signature of an image stands: beside it. That Alpine publishes it so is inferred, not seen. */
export function signaturePlace({ place }: BaseSource): string {
  return `${place}.asc`;
}

/** What is said where no signature was compared. */
export function onlySum(why: string): string {
  return `only its SHA-512 is compared: ${why}`;
}

/**
 * Compares an image with the signature beside it, and returns what came of it in words: good, by whom; or why only the sum
 * counts, which is no error as long as no key was given. Throws `node` for a bad signature, and the image is gone then; with a
 * key, `node` for a signature by another one, and what keeps the signature from being had.
 */
export async function checkSignature(check: CheckSignature): Promise<string> {
  const { source, image, key, work, http } = check;
  try {
    await rm(work, { recursive: true, force: true });
    await makePrivateFolder(work);
    const signature = join(work, "signature.asc");
    try {
      await writeFile(signature, await textOf(source, http));
    } catch (error) {
      http.signal.throwIfAborted();
      if (key !== undefined) throw error;
      return onlySum(messageOf(error));
    }
    const verdict = await verifySigned({ file: image, signature, key, work, signal: http.signal });
    if (verdict.state === "good") return `its signature is good, by ${verdict.by}`;
    if (verdict.state === "no-key" && key === undefined)
      return onlySum(`its signature is by the key ${verdict.key}, which your keyring does not have`);
    await rm(image, { force: true });
    const why =
      verdict.state === "bad" ? verdict.why : `it is by the key ${verdict.key}, which ${key ?? ""} does not hold`;
    throw new AlpineK8sError(
      "node",
      `cannot use ${shown(source.place)}: its signature is bad: ${why}; nothing was kept`,
      {
        hints: [
          "run it again; if it stays so, the mirror or a proxy changes the file, or the key is an old or another one",
        ],
      },
    );
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function textOf(source: BaseSource, http: HttpOptions): Promise<string> {
  const place = signaturePlace(source);
  const text = isUrl(source.place) ? await download(place, http) : await read(place);
  if (text.startsWith(BEGIN)) return text;
  throw noSignature(`what stands at ${shown(place)} is no signature`);
}

async function download(url: string, http: HttpOptions): Promise<string> {
  const chunks: Buffer[] = [];
  await getFile(url, http, {
    limit: LARGEST,
    begin: () => void chunks.splice(0),
    take: (chunk) => void chunks.push(chunk),
  });
  return Buffer.concat(chunks).toString("latin1");
}

async function read(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) throw noSignature(`there is no ${path}`);
  if (!found.isFile() || found.size > LARGEST) throw noSignature(`${path} is no file with a signature`);
  return readFile(path, "latin1");
}

/** The error where a key was given, and the signature that it should have made is not there. */
export function noSignature(why: string): AlpineK8sError {
  return new AlpineK8sError("usage", why, {
    hints: [
      "leave --key out: its SHA-512 is compared in any case",
      "or put the signature beside the image, in a file of its name with .asc",
    ],
  });
}
