import { join } from "node:path";
import { AlpineK8sError } from "../base/errors.js";
import { exists } from "../base/files.js";
import { kubectlSkew } from "../model/versions/kubernetes.js";
import { clientVersion } from "./client-version.js";
import { downloadVerified } from "./download.js";
import { findOnPath } from "./find-on-path.js";
import { Unreachable, type HttpOptions } from "../http/http-get.js";
import { UnusableProxy } from "../http/proxy.js";
import { withoutPassword } from "../base/hide-logins.js";
import type { KubectlPlatform } from "./platform.js";
import { kubectlUrl, releaseOf } from "./release.js";
import { isVerified, rememberSum } from "./verified-sum.js";

export interface EnsureKubectl extends Omit<HttpOptions, "stall" | "hints"> {
  /** The cluster folder, where kubectl is kept. */
  readonly folder: string;
  /** The version to have; its build part (`+…`) is ignored. */
  readonly version: string;
  /** The API server's version, which decides what may be used instead; the same as `version` without a cluster. */
  readonly apiServer: string;
  readonly platform: KubectlPlatform;
  /** Stands in for https://dl.k8s.io. */
  readonly mirror: string;
  /** Milliseconds without a byte; default 30 000. */
  readonly stall?: number;
  readonly onBytes?: (done: number, all: number | undefined) => void;
}

const NOT_VERIFIED = "it is not the file that alpine-k8s downloaded and verified here";

/** The kubectl to use, and how it came to be that. */
export interface Kubectl {
  readonly path: string;
  readonly version: string;
  /** `path`: found on PATH, because the download failed. */
  readonly source: "kept" | "downloaded" | "path";
  /** Where it was downloaded from; without the password of a mirror. */
  readonly url?: string;
  /** What the user should know about this choice. */
  readonly notes: readonly string[];
  /** What may go wrong with this choice. */
  readonly warnings: readonly string[];
}

/**
 * Makes sure of a kubectl that fits the API server: the folder's own when it is the right one and still the file that
 * was verified here (no network is used), else a verified download, else, when that cannot be had now, the folder's older one or the one on PATH, with words.
 * A wrong sum or a refusal by the server is never passed over. Throws `prerequisite`, or `usage` for a SOCKS proxy, when there is none at all.
 */
export async function ensureKubectl(input: EnsureKubectl): Promise<Kubectl> {
  const path = placeOf(input);
  const own = await lookAt(input);
  const kept = keptIfRight(input, own);
  if (kept !== undefined) return kept;
  try {
    return await fetchKubectl(input, path, own.was);
  } catch (error) {
    if (!(error instanceof Unreachable || error instanceof UnusableProxy)) throw error;
    const { version, verified } = own;
    return await instead(input, version === undefined ? undefined : { path, version, verified }, error);
  }
}

/** The folder's own kubectl when it is the right one; nothing when {@link ensureKubectl} would bring another. */
export async function rightKubectl(input: EnsureKubectl): Promise<Kubectl | undefined> {
  return keptIfRight(input, await lookAt(input));
}

function placeOf({ folder, platform }: EnsureKubectl): string {
  return join(folder, platform.program);
}

function keptIfRight(input: EnsureKubectl, { version, verified }: Look): Kubectl | undefined {
  if (version === undefined || !verified || releaseOf(version) !== releaseOf(input.version)) return undefined;
  return { path: placeOf(input), version, source: "kept", notes: [], warnings: [] };
}

/** What lies in the folder's place for kubectl. */
interface Look {
  readonly version?: string;
  /** Why it is not the right one. */
  readonly was?: string;
  readonly verified: boolean;
}

async function lookAt(input: EnsureKubectl): Promise<Look> {
  const path = placeOf(input);
  if (!(await exists(path))) return { verified: false };
  const verified = await isVerified(input.folder, path);
  const found = await clientVersion(path, input.signal);
  if (!("version" in found)) return { was: found.unusable, verified };
  const { version } = found;
  const isOther = releaseOf(version) !== releaseOf(input.version);
  return { version, verified, was: isOther || verified ? `it was ${version}` : NOT_VERIFIED };
}

async function fetchKubectl(input: EnsureKubectl, path: string, was: string | undefined): Promise<Kubectl> {
  const version = releaseOf(input.version);
  const url = kubectlUrl(input.mirror, version, input.platform);
  const inspect = async (file: string): Promise<void> => {
    const found = await clientVersion(file, input.signal);
    if ("version" in found && releaseOf(found.version) === version) return;
    throw notWhatItSays(url, "version" in found ? `it says that it is ${found.version}` : found.unusable);
  };
  const onVerified = (sum: string): Promise<void> => rememberSum(input.folder, sum);
  await downloadVerified({ ...input, url, path, inspect, onVerified, stall: input.stall ?? 30_000 });
  return {
    path,
    version,
    source: "downloaded",
    url: withoutPassword(url),
    notes: was === undefined ? [] : [`${path} was replaced: ${was}`],
    warnings: [],
  };
}

interface Candidate {
  readonly path: string;
  readonly version: string;
  readonly verified: boolean;
}

/** What to use while the download fails: one within the skew before one outside, the folder's before PATH's. */
async function instead(
  input: EnsureKubectl,
  own: Candidate | undefined,
  failure: Unreachable | UnusableProxy,
): Promise<Kubectl> {
  const candidates = [own, await kubectlOnPath(input)].filter((candidate) => candidate !== undefined);
  const skewOf = (candidate: Candidate): string | undefined => kubectlSkew(candidate.version, input.apiServer);
  const chosen = candidates.find((candidate) => skewOf(candidate) === undefined) ?? candidates[0];
  if (!chosen) throw noKubectl(failure);
  const skew = skewOf(chosen);
  const { path, version } = chosen;
  const doubt = chosen === own && !own.verified ? [`${path} is used, but ${NOT_VERIFIED}`] : [];
  return {
    ...{ path, version },
    source: chosen === own ? "kept" : "path",
    notes: [`${failure.message}; using ${chosen.path} (${chosen.version}) instead`],
    warnings: [...doubt, ...(skew === undefined ? [] : [`${skew}; some commands may fail or show less`])],
  };
}

async function kubectlOnPath(input: EnsureKubectl): Promise<Candidate | undefined> {
  const path = await findOnPath(input.platform.program, input.env);
  if (path === undefined) return undefined;
  const found = await clientVersion(path, input.signal);
  return "version" in found ? { path, version: found.version, verified: false } : undefined;
}

function noKubectl(failure: Unreachable | UnusableProxy): AlpineK8sError {
  return new AlpineK8sError(failure.kind, `${failure.message}; and there is no kubectl on PATH to use instead`, {
    hints: [...failure.hints, "or install kubectl so that it is on PATH"],
    cause: failure,
  });
}

function notWhatItSays(url: string, why: string): AlpineK8sError {
  return new AlpineK8sError("node", `cannot use ${withoutPassword(url)}: ${why}; nothing was stored`, {
    hints: ["check the mirror (--mirror), and that programs may be started in this folder (mount option noexec)"],
  });
}
