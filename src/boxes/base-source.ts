import { readFile, stat } from "node:fs/promises";
import { AlpineK8sError, messageOf } from "../base/errors.js";
import { withoutPassword } from "../base/hide-logins.js";
import type { HttpOptions } from "../http/http-get.js";
import { LARGEST_SUM, sumAt, sumIn } from "../http/sum-at.js";

/** A disk image that a box is built of. */
export interface BaseSource {
  /** A URL, or the absolute path of a file. */
  readonly place: string;
  /** Lower-case hex; nothing when it stands beside the image, in a file of its name with `.sha512` behind it. */
  readonly sha512: string | undefined;
}

/** Whether the image comes by the network. */
export function isUrl(place: string): boolean {
  return /^https?:\/\//i.test(place);
}

/**
 * The sum that the image must have: the one that was given, else the one beside it. Throws `usage` for what is no SHA-512,
 * when there is none, and when both image and sum would come without TLS, where one who changes the one changes the other.
 */
export async function publishedSum(source: BaseSource, http: HttpOptions): Promise<string> {
  const { place, sha512 } = source;
  if (sha512 !== undefined) {
    if (/^[0-9a-f]{128}$/i.test(sha512)) return sha512.toLowerCase();
    throw refused("--sha512 is no SHA-512: 128 hexadecimal digits are wanted");
  }
  if (/^http:/i.test(place)) throw refused(`${shown(place)} comes without TLS, so its sum has to be given`);
  const sum = isUrl(place) ? await sumAt(`${place}.sha512`, "sha512", http) : sumIn(await beside(place), "sha512");
  if (sum !== undefined) return sum;
  throw refused(`${shown(place)}.sha512 holds no SHA-512; a log-in page of a network or proxy may answer in its place`);
}

/** The image's place for messages, without a password. */
export function shown(place: string): string {
  return isUrl(place) ? withoutPassword(place) : place;
}

async function beside(place: string): Promise<string> {
  const path = `${place}.sha512`;
  try {
    const found = await stat(path);
    if (!found.isFile() || found.size > LARGEST_SUM) throw refused(`${path} is no file with a sum`);
    return await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof AlpineK8sError) throw error;
    const isMissing = (error as NodeJS.ErrnoException).code === "ENOENT";
    throw refused(isMissing ? `there is no ${path}` : `${path} cannot be read: ${messageOf(error)}`);
  }
}

function refused(why: string): AlpineK8sError {
  return new AlpineK8sError("usage", `the image has no sum to be checked by: ${why}`, {
    hints: ["give it: --sha512 SUM", "of a file that you trust: sha512sum FILE"],
  });
}
