import { getFile } from "./get-file.js";
import type { HttpOptions } from "./http-get.js";

/** Bytes of a file with a sum, which is one line; a log-in page that answers in its place is to be told as one. */
export const LARGEST_SUM = 64 * 1024;

/** Hexadecimal digits of a sum. */
const DIGITS = { sha256: 64, sha512: 128 } as const;

/** The sum that a text begins with, as sha256sum(1) and sha512sum(1) write it, in lower case; undefined when there is none. */
export function sumIn(text: string, algorithm: keyof typeof DIGITS): string | undefined {
  const [, sum] = new RegExp(`^\\s*([0-9a-f]{${DIGITS[algorithm]}})(\\s|$)`, "i").exec(text) ?? [];
  return sum?.toLowerCase();
}

/** The sum that is published at the URL; undefined when something else is. Throws what {@link getFile} throws. */
export async function sumAt(
  url: string,
  algorithm: keyof typeof DIGITS,
  options: HttpOptions,
): Promise<string | undefined> {
  let text = "";
  await getFile(url, options, {
    limit: LARGEST_SUM,
    begin: () => void (text = ""),
    take: (chunk) => void (text += chunk.toString("utf8")),
  });
  return sumIn(text, algorithm);
}
