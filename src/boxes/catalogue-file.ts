import { ARCHITECTURES, BOX_PROVIDERS, type Architecture, type BoxProvider } from "./build-request.js";
import { boxFacts } from "./fit/box-facts.js";

/** A box file in a catalogue. */
interface CatalogueBox {
  readonly provider: BoxProvider;
  /** A URL, or a path that is taken from where the catalogue lies. */
  readonly url: string;
  readonly sha256: string;
}

/** What is in the boxes of a version; `up` chooses by it. */
interface CatalogueAbout {
  readonly alpine: string;
  readonly kubernetes: string;
  readonly runtime: string;
}

export interface CatalogueVersion {
  readonly version: string;
  /** Nothing in a catalogue that an older alpine-k8s wrote. */
  readonly about?: CatalogueAbout;
  readonly architecture: Architecture;
  readonly boxes: readonly CatalogueBox[];
}

/**
 * A catalogue as Vagrant reads it, from a file or any web server (Vagrant's documentation, "Box Repository"): by it Vagrant
 * checks sums and finds newer versions. Architectures count since Vagrant 2.4; it does not read what stands under `alpine-k8s`.
 */
export function catalogueJson(name: string, description: string, versions: readonly CatalogueVersion[]): string {
  const document = {
    ...{ name, description },
    versions: versions.map(({ version, about, architecture, boxes }) => ({
      version,
      ...(about === undefined ? {} : { "alpine-k8s": about }),
      providers: boxes.map(({ provider, url, sha256 }) => ({
        ...{ name: provider, url, checksum_type: "sha256", checksum: sha256 },
        ...{ architecture: architecture === "x86_64" ? "amd64" : "arm64", default_architecture: true },
      })),
    })),
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

/** The versions that a catalogue of ours for this box lists; none when the text is no such catalogue. */
export function versionsIn(text: string, name: string): readonly CatalogueVersion[] {
  const { name: theirs, versions = [] } = parsed(text);
  if (theirs !== name) return [];
  return versions.flatMap(({ version, providers = [], "alpine-k8s": told }) =>
    ARCHITECTURES.flatMap((architecture) => {
      const vagrants = architecture === "x86_64" ? "amd64" : "arm64";
      const boxes = providers.flatMap((one) => {
        const provider = BOX_PROVIDERS.find((known) => known === one.name);
        if (provider === undefined || one.architecture !== vagrants) return [];
        return typeof one.url === "string" && typeof one.checksum === "string"
          ? [{ provider, url: one.url, sha256: one.checksum }]
          : [];
      });
      const about = aboutIn(told);
      const known = about === undefined ? {} : { about };
      return typeof version === "string" && boxes.length > 0 ? [{ version, ...known, architecture, boxes }] : [];
    }),
  );
}

function aboutIn(told: unknown): CatalogueAbout | undefined {
  const { alpine, kubernetes, runtime } = boxFacts(told) ?? {};
  if (alpine === undefined || kubernetes === undefined || runtime === undefined) return undefined;
  return { alpine, kubernetes, runtime };
}

interface ParsedCatalogue {
  readonly name?: unknown;
  readonly versions?: readonly {
    readonly version?: unknown;
    readonly "alpine-k8s"?: unknown;
    readonly providers?: readonly Record<string, unknown>[];
  }[];
}

function parsed(text: string): ParsedCatalogue {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    return {};
  }
}
