import { join } from "node:path";
import { AlpineK8sError, messageOf } from "../../base/errors.js";
import { fileSum } from "../../boxes/file-sum.js";
import type { RunInput } from "../../engine/run-input.js";
import { keptBoxes } from "../../vagrant/kept-boxes.js";
import { aboutOf } from "./list.js";

/** A box whose files were compared with the sums in its metadata. */
interface VerifiedBox {
  readonly name: string;
  readonly version: string;
  readonly provider: string;
  /** `ok`; `changed`: a file has another sum, or is gone; `unknown`: not built by alpine-k8s, its metadata have no sums. */
  readonly state: "ok" | "changed" | "unknown";
  /** What is wrong; empty when nothing is. */
  readonly problems: readonly string[];
}

/** The shape of `box verify -o json`. */
export interface BoxVerification {
  readonly boxes: readonly VerifiedBox[];
}

/**
 * Compares the disks of the boxes that Vagrant keeps with the sums that they were built with; of this name, or all. Changes
 * nothing. Throws `usage` when there is no box of this name.
 */
export async function verifyBoxes(input: RunInput, name: string | undefined): Promise<BoxVerification> {
  const all = await keptBoxes(input.tools.computer);
  const wanted = all.filter((box) => name === undefined || box.name === name);
  if (name !== undefined && wanted.length === 0) throw noBox(name);
  const boxes: VerifiedBox[] = [];
  for (const box of wanted) {
    input.progress.node("box", `verifying ${box.name} for ${box.provider}`);
    const files = sumsIn(aboutOf(box)?.["files"]);
    const problems: string[] = [];
    for (const [file, sum] of files) {
      const path = join(box.folder, file);
      const found = await fileSum(path, "sha256", input.signal).catch((error: unknown) => {
        input.signal.throwIfAborted();
        return messageOf(error);
      });
      if (found !== sum)
        problems.push(`${path}: ${/^[0-9a-f]{64}$/.test(found) ? `its SHA-256 is ${found}, built was ${sum}` : found}`);
    }
    const state = files.length === 0 ? "unknown" : problems.length === 0 ? "ok" : "changed";
    boxes.push({ name: box.name, version: box.version, provider: box.provider, state, problems });
  }
  return { boxes };
}

/** Names of files with their sums; what is no such thing is left out. */
function sumsIn(files: unknown): readonly (readonly [string, string])[] {
  if (typeof files !== "object" || files === null) return [];
  return Object.entries(files).flatMap(([name, sum]) =>
    typeof sum === "string" && /^[\w.-]+$/.test(name) ? [[name, sum] as const] : [],
  );
}

/** The error for a box that Vagrant does not keep. */
export function noBox(name: string): AlpineK8sError {
  return new AlpineK8sError("usage", `Vagrant has no box ${JSON.stringify(name.slice(0, 200))} on this computer`, {
    hints: ["alpine-k8s box list"],
  });
}
