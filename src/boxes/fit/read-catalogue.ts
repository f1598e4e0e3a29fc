import { readFile, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { AlpineK8sError, messageOf } from "../../base/errors.js";
import { printable } from "../../base/printable.js";
import { getFile } from "../../http/get-file.js";
import type { HttpOptions } from "../../http/http-get.js";
import { isUrl, shown } from "../base-source.js";
import { boxFacts, type BoxFacts } from "./box-facts.js";

/** A box in a catalogue, one for each version and provider. */
export interface ListedBox {
  readonly version: string;
  readonly provider: string;
  /** As Vagrant names it, amd64, arm64; undefined when the catalogue does not say. */
  readonly architecture: string | undefined;
  /** Whether Vagrant can check its sum. */
  readonly hasSum: boolean;
  /** What is in it; undefined when the catalogue does not say. */
  readonly facts: BoxFacts | undefined;
}

/** A catalogue for Vagrant, whoever wrote it. */
export interface Catalogue {
  readonly name: string;
  readonly boxes: readonly ListedBox[];
}

/** Bytes of a catalogue: a version has some 500. */
const LARGEST = 4 * 1024 ** 2;
/** Versions that are looked at; the rest of a longer list is left out. */
const MOST_VERSIONS = 2000;
/** Characters of a name or version. */
const LONGEST = 200;

/**
 * Reads a catalogue from an http(s) or file URL, or a path, which is taken from the folder. Throws what {@link getFile} throws,
 * `usage` for a file that cannot be read, and `node` for what is no catalogue.
 */
export async function readCatalogue(place: string, folder: string, http: HttpOptions): Promise<Catalogue> {
  const text = isUrl(place) ? await fetched(place, http) : await fileText(place, folder);
  const catalogue = catalogueIn(text);
  if (catalogue !== undefined) return catalogue;
  throw new AlpineK8sError("node", `${shown(place)} is no catalogue of boxes: it has no name and no versions`, {
    hints: ["give the catalogue that alpine-k8s box publish wrote", "a network or proxy may answer in its place"],
  });
}

/** What a catalogue's text lists, cleaned; undefined when it is none. */
export function catalogueIn(text: string): Catalogue | undefined {
  const document = parsed(text);
  const name = word(document["name"]);
  const { versions } = document;
  if (name === undefined || !Array.isArray(versions)) return undefined;
  return { name, boxes: versions.slice(0, MOST_VERSIONS).flatMap(boxesOf) };
}

function boxesOf(entry: unknown): readonly ListedBox[] {
  const { version: told, providers, "alpine-k8s": about } = objectOf(entry);
  const version = word(told);
  if (version === undefined || !Array.isArray(providers)) return [];
  const facts = boxFacts(about);
  return providers.slice(0, LONGEST).flatMap((one) => {
    const { name, architecture, checksum, checksum_type: type } = objectOf(one);
    const provider = word(name);
    if (provider === undefined) return [];
    const hasSum = type === "sha256" && typeof checksum === "string" && /^[0-9a-f]{64}$/i.test(checksum);
    return [{ version, provider, architecture: word(architecture), hasSum, facts }];
  });
}

function word(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? printable(value.slice(0, LONGEST)) : undefined;
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}

function parsed(text: string): Readonly<Record<string, unknown>> {
  try {
    return objectOf(JSON.parse(text));
  } catch {
    return {};
  }
}

async function fetched(url: string, http: HttpOptions): Promise<string> {
  let chunks: Buffer[] = [];
  await getFile(url, http, {
    limit: LARGEST,
    begin: () => void (chunks = []),
    take: (chunk) => void chunks.push(chunk),
  });
  return Buffer.concat(chunks).toString("utf8");
}

async function fileText(place: string, folder: string): Promise<string> {
  try {
    const path = /^file:/i.test(place)
      ? fileURLToPath(place)
      : resolve(folder, place.replace(/^~(?=[\\/])/, homedir()));
    // Looked at first: a pipe is not opened until somebody writes into it.
    const found = await stat(path);
    if (!found.isFile() || found.size > LARGEST) throw new Error("it is no file of a catalogue's size");
    return await readFile(path, "utf8");
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === "ENOENT";
    throw new AlpineK8sError(
      "usage",
      `the catalogue ${place} cannot be read: ${isMissing ? "it is not there" : messageOf(error)}`,
      {
        hints: ["correct spec.vagrant.boxCatalog in alpine-k8s.yaml; a path is taken from the cluster folder"],
        cause: error,
      },
    );
  }
}
