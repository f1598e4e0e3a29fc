import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";

/** The sum of a file, lower-case hex; throws what reading throws, and the signal's reason. */
export async function fileSum(path: string, algorithm: "sha256" | "sha512", signal: AbortSignal): Promise<string> {
  const hash = createHash(algorithm);
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024, signal })) {
    hash.update(chunk as Buffer);
  }
  return hash.digest("hex");
}
