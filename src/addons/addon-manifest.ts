import { isAbsolute, join } from "node:path";
import { AlpineK8sError, messageOf } from "../base/errors.js";
import { readIfExists } from "../base/files.js";
import { withoutPassword } from "../base/hide-logins.js";
import type { Environment } from "../http/proxy.js";
import type { AddonRef } from "../model/spec/cluster-spec.js";
import { cachedFile, sumOf, type FileRequest } from "./cached-file.js";
import type { CatalogueEntry, Source } from "./catalogue/entry.js";
import { releaseFor } from "./catalogue/release.js";
import { valuesFor } from "./catalogue/values.js";
import { parseManifest } from "./manifest.js";

/** Which add-on's manifest is wanted. */
interface ManifestInput {
  readonly ref: AddonRef;
  /** What the catalogue has for it; nothing for a manifest of the user's own. */
  readonly entry: CatalogueEntry | undefined;
  readonly kubernetesVersion: string;
  /** The cluster folder, to which a manifest's path is relative. */
  readonly folder: string;
  /** Downloads nothing: uses only files and the cache. */
  readonly offline: boolean;
  /** PEM of the CAs of `spec.proxy.ca`, trusted besides the usual ones. */
  readonly proxyCa?: string | undefined;
  readonly signal: AbortSignal;
}

/** The add-on's manifest, verified, and where it came from. */
export type ReadManifest = (input: ManifestInput) => Promise<{ readonly text: string; readonly source: string }>;

export interface ManifestRequest extends ManifestInput {
  /** Per-user cache of downloaded manifests, by their sum. */
  readonly cacheFolder: string;
  /** The environment with `http_proxy` and the like. */
  readonly env: Environment;
  /** Milliseconds without a byte after which a download counts as stalled. */
  readonly stall?: number;
}

/**
 * The manifest of an add-on, verified: the user's file or URL, or the catalogue's. Downloads are cached, and verified
 * again when they come from the cache. Throws `usage` for a file that is not there or a release that the catalogue does
 * not have, `node` for a wrong sum or a refusing server, `prerequisite` without a network or, offline, when it is not
 * cached.
 */
export async function addonManifest(request: ManifestRequest): Promise<{ text: string; source: string }> {
  const { ref, entry, folder } = request;
  const file = manifestFile(ref);
  if (file !== undefined) return ownFile(ref, file, folder);
  const sources: readonly Source[] =
    entry === undefined
      ? [{ url: ref.manifest ?? "", sha256: ref.sha256 ?? "" }]
      : releaseFor(entry, request.kubernetesVersion, ref.version).sources;
  const texts: string[] = [];
  for (const source of sources) texts.push(await sourceText(request, source));
  const [only, second] = sources;
  const isOne = only !== undefined && second === undefined;
  return { text: joined(texts), source: isOne ? placeOf(only) : `the manifests of ${ref.name}` };
}

/** One text of several manifests; a single one stays byte for byte. */
export function joined([first = "", ...others]: readonly string[]): string {
  return others.reduce((text, next) => `${text.endsWith("\n") ? text : `${text}\n`}---\n${next}`, first);
}

/** Where a source is, for messages. */
function placeOf(source: Source): string {
  return "file" in source ? source.file : withoutPassword(source.url);
}

function manifestFile({ manifest }: AddonRef): string | undefined {
  return manifest === undefined || /^https?:\/\//.test(manifest) ? undefined : manifest;
}

/**
 * Checks what can be checked of an add-on without the net: the values for the catalogue's entry, or a manifest file of the
 * user's. Throws what {@link addonManifest} throws, and `usage` for values that do not fit and a file that is no manifest.
 */
export async function checkAddon(ref: AddonRef, folder: string, entry: CatalogueEntry | undefined): Promise<void> {
  if (entry !== undefined) valuesFor(entry, ref.values);
  const file = manifestFile(ref);
  if (file === undefined) return;
  const { text, source } = await ownFile(ref, file, folder);
  parseManifest(text, source);
}

async function ownFile(ref: AddonRef, manifest: string, folder: string): Promise<{ text: string; source: string }> {
  const path = isAbsolute(manifest) ? manifest : join(folder, manifest);
  const text = await readIfExists(path).catch((error: unknown) => {
    throw new AlpineK8sError("usage", `the manifest of add-on ${ref.name} cannot be read: ${messageOf(error)}`, {
      hints: ["correct spec.addons in alpine-k8s.yaml"],
      cause: error,
    });
  });
  if (text === undefined) {
    throw new AlpineK8sError("usage", `the manifest of add-on ${ref.name} is not there: ${path}`, {
      hints: ["correct spec.addons in alpine-k8s.yaml; the path is relative to its folder"],
    });
  }
  const sum = sumOf(text);
  if (ref.sha256 === undefined || ref.sha256 === sum) return { text, source: manifest };
  throw new AlpineK8sError("node", `${path}: its SHA-256 is ${sum}, the spec says ${ref.sha256}`, {
    hints: ["put the right file there, or correct sha256 in spec.addons"],
  });
}

async function sourceText(request: ManifestRequest, source: Source): Promise<string> {
  const { ref, entry } = request;
  if (!("file" in source)) return (await cachedFile(fileRequest(request, source))).toString("utf8");
  if (entry?.readFile !== undefined) return entry.readFile(source);
  throw new AlpineK8sError("usage", `the entry of ${ref.name} names the file ${source.file}, and has no folder`, {
    hints: ["give its url and sha256 instead, or a folder as the catalogue"],
  });
}

function fileRequest(request: ManifestRequest, { url, sha256 }: { url: string; sha256: string }): FileRequest {
  const { cacheFolder, offline, env, signal, proxyCa: ca, ref, stall } = request;
  const ways = [
    `bring the manifest as a file: spec.addons: [{name: ${ref.name}, manifest: FILE}]`,
    "or bring a pod network yourself: spec.network: none",
  ];
  return {
    ...{ url, sha256, cacheFolder, extension: "yaml", offline, env, signal, ca, ways },
    ...(stall === undefined ? {} : { stall }),
  };
}
