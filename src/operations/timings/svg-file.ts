import { createHash } from "node:crypto";
import { AlpineK8sError } from "../../base/errors.js";
import { readIfExists, writeAtomically, writeNew } from "../../base/files.js";

const HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n';
const STAMP = /^<!-- Made by alpine-k8s timings\. sha256 of the rest of this file: ([0-9a-f]{64}) -->\n/;

/**
 * Writes a picture, whole or not at all. Throws `conflict` for a file that is there and is not, byte for byte, a picture of
 * ours, unless `force` is given.
 */
export async function writeSvg(path: string, svg: string, force: boolean): Promise<void> {
  const text = `${HEAD}<!-- Made by alpine-k8s timings. sha256 of the rest of this file: ${sha256(svg)} -->\n${svg}`;
  if (force) return writeAtomically(path, text);
  const existing = await readIfExists(path);
  if (existing === undefined) {
    if (await writeNew(path, text)) return;
    throw foreign(path);
  }
  if (!isOurs(existing)) throw foreign(path);
  await writeAtomically(path, text);
}

function isOurs(text: string): boolean {
  if (!text.startsWith(HEAD)) return false;
  const rest = text.slice(HEAD.length);
  const [whole = "", sum] = STAMP.exec(rest) ?? [];
  return sum === sha256(rest.slice(whole.length));
}

function foreign(path: string): AlpineK8sError {
  return new AlpineK8sError(
    "conflict",
    `${path} is there already and is no picture that alpine-k8s timings has made; it was left alone`,
    { hints: ["give another name, or replace it: alpine-k8s timings --svg FILE --force"] },
  );
}

function sha256(text: string): string {
  return createHash("sha256").update(text, "utf8").digest("hex");
}
