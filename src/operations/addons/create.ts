import { readFile, stat } from "node:fs/promises";
import { basename, join, relative } from "node:path";
import { addAbortSignal, type Readable } from "node:stream";
import { makeEntry, type GivenManifest, type MadeEntry } from "../../addons/catalogue/make-entry.js";
import { AlpineK8sError, messageOf } from "../../base/errors.js";
import { readIfExists, writeIfChanged, writeNew } from "../../base/files.js";
import { clusterPaths } from "../../base/paths.js";
import { fileAction, overall, type Item, type Plan } from "../../engine/item.js";
import { readIdentity } from "../../engine/read-cluster.js";
import type { RunInput } from "../../engine/run-input.js";
import { putCatalogue } from "../../model/spec/addons/edit-addons.js";
import { editSpecFile } from "../folder/edit-spec-file.js";

export interface CreateInput extends Pick<RunInput, "folder" | "signal"> {
  readonly name: string;
  /** Files, absolute; `-` for what comes on standard input. */
  readonly from: readonly string[];
  readonly title: string | undefined;
  readonly version: string | undefined;
  /** Where objects go that name no namespace. */
  readonly namespace: string | undefined;
  /** The folder of the catalogue, absolute; made when it is not there. */
  readonly catalogue: string;
  readonly stdin: () => Readable;
}

/** What `addons create` did; the shape of its `-o json`, documented in docs/json.md. */
export interface AddonCreated {
  readonly addon: string;
  readonly version: string;
  /** Relative to the cluster folder, the entry last. */
  readonly files: readonly string[];
  readonly images: readonly string[];
  readonly privileges: readonly string[];
  /** Objects that were left out, with the reason. */
  readonly leftOut: readonly string[];
  /** `none`: there is no alpine-k8s.yaml that could name the catalogue. */
  readonly spec: "changed" | "unchanged" | "none";
  /** The catalogue as a spec in this folder names it. */
  readonly catalogue: string;
  readonly warnings: readonly string[];
}

/** Bytes of a manifest. */
const LARGEST = 16 * 1024 * 1024;

/**
 * Makes an entry of a catalogue of manifests: these first, then the entry, then the line of the spec that names the catalogue,
 * where there is a spec. Given again with the same manifests it goes on where it was cut off. Throws `usage`, with nothing
 * written, for an entry that is there with another content.
 */
export async function createAddon(input: CreateInput): Promise<AddonCreated> {
  const { made, catalogue } = await prepare(input);
  // A spec that cannot be edited is known before anything is written.
  await planSpec(input.folder, catalogue);
  const entry = made.files.at(-1);
  for (const { path, text } of made.files.slice(0, -1)) await writeIfChanged(join(input.catalogue, path), text);
  if (entry !== undefined) await writeEntry(join(input.catalogue, entry.path), entry.text);
  const spec = await nameInSpec(input.folder, catalogue);
  return summaryOf(input, made, { spec, catalogue });
}

/** What {@link createAddon} would do now. Writes nothing. */
export async function planCreate(input: CreateInput): Promise<Plan> {
  const { made, catalogue, missing } = await prepare(input);
  const entry = made.files
    .filter(({ path }) => missing.includes(path))
    .map(({ path }) => overall(fileAction(path), `write ${join(catalogue, path)}`));
  return {
    ...{ command: "addons create", cluster: undefined },
    steps: [
      { id: "write-entry", title: "Write the entry", items: entry },
      { id: "write-spec", title: "Write the spec", items: await planSpec(input.folder, catalogue) },
    ],
  };
}

async function planSpec(folder: string, catalogue: string): Promise<readonly Item[]> {
  const { spec } = clusterPaths(folder);
  const text = await readIfExists(spec);
  const { name: folderName, kubernetesVersion } = await clusterOf(folder);
  const known = kubernetesVersion === undefined ? {} : { kubernetesVersion };
  const file = { text, source: basename(spec), folderName, ...known };
  if (text === undefined || putCatalogue(file, catalogue) === text) return [];
  return [overall("edit", `name ${catalogue} in spec.catalogues of ${file.source}`)];
}

interface Prepared {
  readonly made: MadeEntry;
  readonly catalogue: string;
  /** Paths of files that are not there yet. */
  readonly missing: readonly string[];
}

async function prepare(input: CreateInput): Promise<Prepared> {
  const { name, title, version, namespace, from, folder } = input;
  const catalogue = nameOf(folder, input.catalogue);
  const manifests: GivenManifest[] = [];
  for (const file of from) manifests.push(await given(file, input));
  const made = makeEntry({ name, title, version, manifests, namespace });
  const missing: string[] = [];
  for (const { path, text } of made.files) {
    const there = await readIfExists(join(input.catalogue, path));
    if (there === undefined) missing.push(path);
    else if (there !== text) throw isThere(join(catalogue, path));
  }
  return { made, catalogue, missing };
}

/** A folder in the cluster's is named from there, so that the cluster may move. */
function nameOf(folder: string, catalogue: string): string {
  const path = relative(folder, catalogue);
  if (path === "") {
    throw new AlpineK8sError("usage", "the cluster folder itself is no catalogue: its files are no entries", {
      hints: ["name a folder for the catalogue: --dir addons"],
    });
  }
  return path.startsWith("..") ? catalogue : path;
}

async function given(file: string, { stdin, signal }: CreateInput): Promise<GivenManifest> {
  if (file === "-") return { source: "standard input", text: await textOf(stdin(), signal) };
  try {
    const { size } = await stat(file);
    if (size > LARGEST) throw new Error(`it is larger than ${LARGEST} bytes`);
    return { source: file, text: (await readIfExists(file)) ?? "" };
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code === "ENOENT" ? "it is not there" : messageOf(error);
    throw new AlpineK8sError("usage", `cannot read the manifest ${file}: ${why}`, {
      hints: [
        "give a file, or - for standard input: helm template NAME CHART | alpine-k8s addons create NAME --from -",
      ],
    });
  }
}

async function textOf(stdin: Readable, signal: AbortSignal): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of addAbortSignal(signal, stdin)) {
    const bytes = Buffer.from(chunk as Buffer | string);
    size += bytes.length;
    if (size > LARGEST) {
      throw new AlpineK8sError("usage", `standard input is larger than ${LARGEST} bytes`, { hints: ["give files"] });
    }
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function isThere(path: string): AlpineK8sError {
  return new AlpineK8sError("usage", `${path} is there already, with another content; nothing was written`, {
    hints: ["take another name, or move the old entry away"],
  });
}

/** A file that somebody has made meanwhile stays. */
async function writeEntry(path: string, text: string): Promise<void> {
  if ((await writeNew(path, text)) || (await readFile(path, "utf8")) === text) return;
  throw isThere(path);
}

async function nameInSpec(folder: string, catalogue: string): Promise<AddonCreated["spec"]> {
  const { spec: path } = clusterPaths(folder);
  if ((await readIfExists(path)) === undefined) return "none";
  const edited = await editSpecFile(path, await clusterOf(folder), (file) => putCatalogue(file, catalogue));
  return edited === "written" ? "changed" : "unchanged";
}

async function clusterOf(folder: string): Promise<{ readonly name: string; readonly kubernetesVersion?: string }> {
  return (await readIdentity(folder)) ?? { name: basename(folder) };
}

function summaryOf(
  { name }: CreateInput,
  { version, files, images, privileges, leftOut, warnings }: MadeEntry,
  { spec, catalogue }: Pick<AddonCreated, "spec" | "catalogue">,
): AddonCreated {
  return {
    ...{ addon: name, version, files: files.map(({ path }) => join(catalogue, path)) },
    ...{ images, privileges, leftOut, spec, catalogue, warnings },
  };
}
