import { readdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { AlpineK8sError, messageOf } from "../../base/errors.js";
import { readIfExists } from "../../base/files.js";
import { withoutPassword } from "../../base/hide-logins.js";
import type { CatalogueRef } from "../../model/spec/cluster-spec.js";
import { sumOf } from "../cached-file.js";
import { catalogueWith, DELIVERED, type Catalogue, type OwnEntry } from "./catalogue.js";
import type { CatalogueEntry } from "./entry.js";
import { readEntry } from "./read-entry.js";
import { unpack } from "./unpack.js";

/** Characters of an entry's file. */
const LARGEST_ENTRY = 1024 * 1024;
/** Characters of a manifest that lies in a catalogue. */
const LARGEST_SOURCE = 16 * 1024 * 1024;
/** Entries of a catalogue. */
const MOST_ENTRIES = 500;

interface Wanted {
  /** The cluster folder. */
  readonly folder: string;
  readonly catalogues: readonly CatalogueRef[];
  /** What a URL gives, verified. */
  readonly fetch: (place: { readonly url: string; readonly sha256: string }) => Promise<Buffer>;
}

/** The files of a catalogue. */
interface Files {
  /** Names of those at its top. */
  readonly names: readonly string[];
  /** Nothing where there is no such file. */
  readonly read: (path: string) => Promise<string | undefined>;
  /** Where a file is, for messages. */
  readonly placeOf: (path: string) => string;
}

/**
 * Reads the catalogues that a spec names, with the delivered one behind them; nothing is read when it names none. Throws
 * `usage` for a folder that is not there, an entry with errors (with line and column) and two entries of one name, and what
 * fetching throws.
 */
export async function readCatalogue({ folder, catalogues, fetch }: Wanted): Promise<Catalogue> {
  if (catalogues.length === 0) return DELIVERED;
  const own: OwnEntry[] = [];
  for (const ref of catalogues) own.push(...(await entriesOf(ref, folder, fetch)));
  return catalogueWith(own);
}

/** The entries of a folder. A path is taken from `base`; throws as {@link readCatalogue} does. */
export async function entriesInFolder(base: string, folder: string): Promise<readonly OwnEntry[]> {
  const path = resolve(base, folder);
  const place = folder.replace(/(?<=.)\/+$/, "");
  return entriesIn(place, {
    names: await namesIn(path, place),
    read: (file) => readIfExists(join(path, file)),
    placeOf: (file) => `${place}/${file}`,
  });
}

async function entriesOf(
  { folder, url = "", sha256 = "" }: CatalogueRef,
  base: string,
  fetch: Wanted["fetch"],
): Promise<readonly OwnEntry[]> {
  if (folder !== undefined) return entriesInFolder(base, folder);
  const place = withoutPassword(url);
  const files = await unpack(await fetch({ url, sha256 }), place);
  if (typeof files === "string") return [{ entry: readEntry(files, place), place }];
  return entriesIn(place, {
    names: [...files.keys()].filter((path) => !path.includes("/")),
    read: (path) => Promise.resolve(files.get(path)?.toString("utf8")),
    placeOf: (path) => `${place}: ${path}`,
  });
}

async function namesIn(path: string, place: string): Promise<readonly string[]> {
  try {
    return await readdir(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why = code === "ENOENT" ? "is not there" : code === "ENOTDIR" ? "is no folder" : messageOf(error);
    throw refused(`the catalogue ${place} cannot be read: ${path} ${why}`, [
      "correct spec.catalogues in alpine-k8s.yaml; a path is taken from the cluster folder",
    ]);
  }
}

async function entriesIn(place: string, files: Files): Promise<readonly OwnEntry[]> {
  const names = files.names.filter((name) => /^[^.].*\.yaml$/.test(name)).sort();
  if (names.length === 0) throw refused(`the catalogue ${place} has no file NAME.yaml`, FORMAT);
  if (names.length > MOST_ENTRIES)
    throw refused(`the catalogue ${place} has more than ${MOST_ENTRIES} entries`, FORMAT);
  const own: OwnEntry[] = [];
  for (const name of names) own.push(await entryIn(name, files));
  return own;
}

async function entryIn(name: string, files: Files): Promise<OwnEntry> {
  const place = files.placeOf(name);
  const text = (await files.read(name)) ?? "";
  if (text.length > LARGEST_ENTRY) throw refused(`${place} is larger than ${LARGEST_ENTRY} bytes`, FORMAT);
  const entry = readEntry(text, place);
  if (`${entry.name}.yaml` !== name) {
    throw refused(`${place} is the entry of ${entry.name}, and its file is to be called ${entry.name}.yaml`, FORMAT);
  }
  return { entry: { ...entry, readFile: (source) => sourceIn(source, place, files) }, place };
}

async function sourceIn(
  { file, sha256 }: Parameters<NonNullable<CatalogueEntry["readFile"]>>[0],
  entry: string,
  files: Files,
): Promise<string> {
  const place = files.placeOf(file);
  const text = await files.read(file);
  if (text === undefined) throw refused(`${place} is not there, and ${entry} names it`, FORMAT);
  if (text.length > LARGEST_SOURCE) throw refused(`${place} is larger than ${LARGEST_SOURCE} bytes`, FORMAT);
  const sum = sumOf(text);
  if (sha256 === undefined || sum === sha256) return text;
  throw new AlpineK8sError("node", `${place}: its SHA-256 is ${sum}, ${entry} says ${sha256}`, {
    hints: [`put the right file there, or correct sha256 in ${entry}`],
  });
}

const FORMAT = ["docs/addons/catalogue.md describes a catalogue"];

function refused(what: string, hints: readonly string[]): AlpineK8sError {
  return new AlpineK8sError("usage", what, { hints });
}
