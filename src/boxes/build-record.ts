import { createHash } from "node:crypto";
import { exists, readIfExists, writeAtomically } from "../base/files.js";
import type { BuiltPaths } from "./box-paths.js";
import type { Architecture, BuildRequest, Provider } from "./build-request.js";
import type { Part } from "./sizes.js";

/** Changes when the same inputs give another box. */
const FORMAT = 1;

/** What a box was built of, and what became of it; `record.json` in its folder. */
export interface BuildRecord {
  readonly name: string;
  /** As Vagrant counts: `20261130.1215.0`, day and time of the build in UTC. */
  readonly version: string;
  readonly alpine: string;
  readonly kubernetes: string;
  readonly runtime: string;
  readonly architecture: Architecture;
  readonly preload: boolean;
  readonly base: { readonly place: string; readonly sha512: string };
  /** Sum of the recipe. */
  readonly recipe: string;
  /** One sum of what is in it, without times. */
  readonly contents: string;
  /** Bytes by part, before they are packed. */
  readonly parts: readonly Part[];
  readonly boxes: readonly PackedBox[];
}

/** A box file, or an image. */
export interface PackedBox {
  readonly provider: Provider;
  /** Absolute path. */
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
  /** Of an image: its name, for `spec.vagrant.image`. */
  readonly image?: string;
}

/** What the result of a build depends on. */
export interface BuildInputs extends Omit<BuildRequest, "providers"> {
  readonly sha512: string;
  readonly recipe: string;
}

/** One sum of all inputs, 16 hexadecimal digits: the name of the folder in which the same build is found again. */
export function buildKey({ alpine, kubernetes, runtime, architecture, preload, sha512, recipe }: BuildInputs): string {
  const inputs = [FORMAT, alpine, kubernetes, runtime, architecture, preload, sha512, recipe];
  return createHash("sha256").update(JSON.stringify(inputs)).digest("hex").slice(0, 16);
}

/** The record in the file; undefined when there is none, or it is not whole. */
export async function readRecord(path: string): Promise<BuildRecord | undefined> {
  const text = await readIfExists(path);
  if (text === undefined) return undefined;
  try {
    const record = JSON.parse(text) as BuildRecord;
    return typeof record.name === "string" && Array.isArray(record.boxes) ? record : undefined;
  } catch {
    return undefined;
  }
}

/** Whether the disk and its tree are whole, and what is known of them: the record is written last. */
export async function isBuilt({ disk, root, record }: BuiltPaths): Promise<boolean> {
  return (await exists(disk)) && (await exists(root)) && (await readRecord(record)) !== undefined;
}

export async function writeRecord(path: string, record: BuildRecord): Promise<void> {
  await writeAtomically(path, `${JSON.stringify(record, undefined, 2)}\n`);
}

/** The version of a box that is built at this time, milliseconds since 1970. */
export function boxVersion(now: number): string {
  const [day = "", time = ""] = new Date(now).toISOString().split("T");
  return `${day.replaceAll("-", "")}.${Number(time.slice(0, 5).replace(":", ""))}.0`;
}
