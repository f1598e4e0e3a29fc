import { createHash } from "node:crypto";
import { isAbsolute, join } from "node:path";
import { AlpineK8sError, messageOf } from "../base/errors.js";
import { readIfExists, writeAtomically } from "../base/files.js";
import { withoutPassword } from "../base/hide-logins.js";
import type { Environment } from "../http/proxy.js";
import type { AddonRef } from "../model/spec/cluster-spec.js";
import { delivered } from "./catalogue/delivered.js";
import type { Source } from "./catalogue/entry.js";
import { releaseFor } from "./catalogue/release.js";
import { valuesFor } from "./catalogue/values.js";
import { download } from "./download.js";
import { parseManifest } from "./manifest.js";

/** Which add-on's manifest is wanted. */
interface ManifestInput {
  readonly ref: AddonRef;
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
  const { ref, folder } = request;
  const file = manifestFile(ref);
  if (file !== undefined) return ownFile(ref, file, folder);
  const sources =
    ref.manifest === undefined
      ? releaseFor(delivered(ref.name), request.kubernetesVersion, ref.version).sources
      : [{ url: ref.manifest, sha256: ref.sha256 ?? "" }];
  const texts: string[] = [];
  for (const source of sources) texts.push(await cached(request, source));
  const [only] = sources;
  const source =
    sources.length === 1 && only !== undefined ? withoutPassword(only.url) : `the manifests of ${ref.name}`;
  return { text: joined(texts), source };
}

/** One text of several manifests; a single one stays byte for byte. */
export function joined([first = "", ...others]: readonly string[]): string {
  return others.reduce((text, next) => `${text.endsWith("\n") ? text : `${text}\n`}---\n${next}`, first);
}

function manifestFile({ manifest }: AddonRef): string | undefined {
  return manifest === undefined || /^https?:\/\//.test(manifest) ? undefined : manifest;
}

/**
 * Checks what can be checked of an add-on without the net: the values for the catalogue's entry, or a manifest file of the
 * user's. Throws what {@link addonManifest} throws, and `usage` for values that do not fit and a file that is no manifest.
 */
export async function checkAddon(ref: AddonRef, folder: string): Promise<void> {
  if (ref.manifest === undefined) valuesFor(delivered(ref.name), ref.values);
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

async function cached(request: ManifestRequest, pinned: Source): Promise<string> {
  const path = join(request.cacheFolder, `${pinned.sha256}.yaml`);
  const stored = await readIfExists(path).catch(() => undefined);
  if (stored !== undefined && sumOf(stored) === pinned.sha256) return stored;
  if (request.offline) {
    throw new AlpineK8sError(
      "prerequisite",
      `${withoutPassword(pinned.url)} is not in the cache ${request.cacheFolder}`,
      {
        hints: ["alpine-k8s up downloads it"],
      },
    );
  }
  const text = await download({
    ...pinned,
    addon: request.ref.name,
    signal: request.signal,
    env: request.env,
    ca: request.proxyCa,
    ...(request.stall === undefined ? {} : { stall: request.stall }),
  });
  // When the cache cannot be written, the next run only has to download again.
  await writeAtomically(path, text).catch(() => undefined);
  return text;
}

function sumOf(text: string): string {
  return createHash("sha256").update(text, "utf8").digest("hex");
}
