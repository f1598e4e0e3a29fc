import { join } from "node:path";
import type { LocalFiles } from "../base/local-system.js";
import { DEFAULT_TIMEOUTS, demand, vagrantIn } from "./run-vagrant.js";
import { vagrantHome } from "./vagrant-home.js";

/** A box as Vagrant keeps it: boxes/NAME/VERSION[/ARCHITECTURE]/PROVIDER, architectures since Vagrant 2.4.0. */
export interface KeptBox {
  readonly name: string;
  readonly version: string;
  readonly provider: string;
  /** As Vagrant names it, amd64, arm64; nothing when the box does not say. */
  readonly architecture: string | undefined;
  /** Folder with its files. */
  readonly folder: string;
  /** Its metadata.json; nothing when that cannot be read. */
  readonly metadata: Readonly<Record<string, unknown>> | undefined;
}

/** Vagrant's name for a processor that Node names; undefined for one that boxes do not tell. */
export function vagrantArchitecture(processor: string): string | undefined {
  return ARCHITECTURES[processor];
}

const ARCHITECTURES: Readonly<Record<string, string>> = { x64: "amd64", arm64: "arm64" };

/** All boxes that Vagrant keeps on this computer, by name. Starts no program. */
export async function keptBoxes(computer: LocalFiles): Promise<readonly KeptBox[]> {
  const all = join(vagrantHome(computer), "boxes");
  const found = await Promise.all((await computer.list(all)).map((folder) => boxesIn(computer, all, folder)));
  return found.flat();
}

/**
 * The catalogue that Vagrant has noted for a box, a URL of http, https or file (boxes/NAME/metadata_url, as
 * lib/vagrant/box_collection.rb writes it); undefined for a box that came without one.
 */
export async function catalogueOfBox(computer: LocalFiles, name: string): Promise<string | undefined> {
  const folder = name.replaceAll(":", "-VAGRANTCOLON-").replaceAll("/", "-VAGRANTSLASH-");
  const text = (await computer.read(join(vagrantHome(computer), "boxes", folder, "metadata_url")))?.trim() ?? "";
  return /^(https?|file):\/\/\S{1,2000}$/i.test(text) ? text : undefined;
}

async function boxesIn(computer: LocalFiles, all: string, folder: string): Promise<readonly KeptBox[]> {
  const name = folder.replaceAll("-VAGRANTSLASH-", "/").replaceAll("-VAGRANTCOLON-", ":");
  const kept: KeptBox[] = [];
  const add = async (path: readonly string[], provider: string, architecture: string | undefined): Promise<boolean> => {
    const place = join(all, folder, ...path);
    const text = await computer.read(join(place, "metadata.json"));
    if (text === undefined) return false;
    const metadata = objectIn(text);
    const told = metadata?.["architecture"];
    const own = typeof told === "string" && told !== "" ? told : architecture;
    kept.push({ name, version: path[0] ?? "", provider, architecture: own, folder: place, metadata });
    return true;
  };
  for (const version of await computer.list(join(all, folder))) {
    for (const first of await computer.list(join(all, folder, version))) {
      if (await add([version, first], first, undefined)) continue;
      for (const provider of await computer.list(join(all, folder, version, first)))
        await add([version, first, provider], provider, first);
    }
  }
  return kept;
}

function objectIn(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    return undefined;
  }
}

export interface AddFromCatalogue {
  /** A folder without a Vagrantfile. */
  readonly folder: string;
  /** File or URL. */
  readonly catalogue: string;
  readonly provider: string;
  readonly version: string;
  readonly signal: AbortSignal;
  readonly log: (line: string) => void;
}

/** Has Vagrant take a box of a catalogue; it compares the sum. Throws what Vagrant says. */
export async function addFromCatalogue(add: AddFromCatalogue): Promise<void> {
  const { folder, catalogue, provider, version, signal, log } = add;
  await demand(vagrantIn(folder, log), `giving the box for ${provider} to Vagrant`, {
    args: ["box", "add", "--provider", provider, "--box-version", version, catalogue],
    ...{ timeout: DEFAULT_TIMEOUTS.box, signal },
  });
}

export interface RemoveBox {
  readonly name: string;
  readonly version: string;
  readonly provider: string;
  /** A folder without a Vagrantfile. */
  readonly folder: string;
  readonly signal: AbortSignal;
  readonly log: (line: string) => void;
}

/** Has Vagrant remove a box, without asking, whoever uses it: the caller has looked. Throws what Vagrant says. */
export async function removeBox({ name, version, provider, folder, signal, log }: RemoveBox): Promise<void> {
  await demand(vagrantIn(folder, log), `removing the box ${name}`, {
    args: ["box", "remove", "--force", "--provider", provider, "--box-version", version, name],
    ...{ timeout: DEFAULT_TIMEOUTS.box, signal },
  });
}
