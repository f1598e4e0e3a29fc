import { homedir } from "node:os";
import { join } from "node:path";
import { readIfExists } from "../../base/files.js";
import { kubectlSkew } from "../../model/versions/kubernetes.js";
import { clientVersion } from "../../kubectl/client-version.js";
import { ensureKubectl, rightKubectl, type EnsureKubectl, type Kubectl } from "../../kubectl/ensure-kubectl.js";
import { findOnPath } from "../../kubectl/find-on-path.js";
import { kubectlPlatform } from "../../kubectl/platform.js";
import { readProxyCa } from "../../pki/proxy-ca.js";
import { RELEASES } from "../../kubectl/release.js";
import { isVerified } from "../../kubectl/verified-sum.js";
import { AlpineK8sError } from "../../base/errors.js";
import { clusterPaths } from "../../base/paths.js";
import type { Progress } from "../../base/progress.js";
import type { ClusterSpec } from "../../model/spec/cluster-spec.js";
import { parseSpec } from "../../model/spec/parse-spec.js";

/** The computer that we run on, as far as kubectl and kubeconfig files depend on it; tests bring others. */
export interface ClientPlatform {
  readonly platform: string;
  readonly arch: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly cwd: string;
}

export function clientPlatform(): ClientPlatform {
  return { platform: process.platform, arch: process.arch, env: process.env, home: homedir(), cwd: process.cwd() };
}

export interface BringKubectl extends Pick<EnsureKubectl, "signal" | "stall"> {
  readonly folder: string;
  readonly progress: Progress;
  readonly computer: ClientPlatform;
  /** The API server's version; nothing without a cluster. */
  readonly apiServer: string | undefined;
  /** The version asked for; nothing means the API server's. */
  readonly wanted?: string | undefined;
  /** The folder's spec where it was read; else it is read for its mirror. */
  readonly spec?: ClusterSpec | undefined;
  /** Used instead of the spec's `spec.kubectl.mirror`. */
  readonly mirror?: string | undefined;
  /** Called as a download proceeds. */
  readonly onBytes?: ((done: number, all: number | undefined) => void) | undefined;
}

/**
 * Makes sure that the cluster folder has a kubectl (see `ensureKubectl`), and shows its notes and warnings. Throws
 * `conflict` when the version asked for does not fit the cluster, `usage` when nothing says which version.
 */
export async function bringKubectl(input: BringKubectl): Promise<Kubectl> {
  const { progress } = input;
  const kubectl = await ensureKubectl(await choose(input));
  for (const note of kubectl.notes) progress.info(note);
  for (const warning of kubectl.warnings) progress.warn(warning);
  return kubectl;
}

/** The folder's kubectl when {@link bringKubectl} would keep it. Downloads nothing; throws as that does. */
export async function keptKubectl(input: BringKubectl): Promise<Kubectl | undefined> {
  return rightKubectl(await choose(input));
}

async function choose(input: BringKubectl): Promise<EnsureKubectl> {
  const { folder, signal, computer } = input;
  const version = input.wanted ?? input.apiServer;
  if (version === undefined) throw whichVersion(folder);
  const apiServer = input.apiServer ?? version;
  const skew = kubectlSkew(version, apiServer);
  if (skew !== undefined) throw outsideSkew(skew, apiServer);
  const spec = input.spec ?? (await specOf(folder));
  return {
    ...{ folder, signal, version, apiServer, env: computer.env },
    mirror: input.mirror ?? mirrorOf(spec) ?? RELEASES,
    ca: await readProxyCa(folder, spec?.proxy.ca ?? ""),
    platform: kubectlPlatform(computer.platform, computer.arch),
    ...(input.stall === undefined ? {} : { stall: input.stall }),
    ...(input.onBytes === undefined ? {} : { onBytes: input.onBytes }),
  };
}

/** A kubectl to run now: the folder's when it is the verified file, else one on PATH that fits, else one is brought. */
export async function kubectlToRun(input: BringKubectl & { readonly apiServer: string }): Promise<string> {
  const { program } = kubectlPlatform(input.computer.platform, input.computer.arch);
  const own = join(input.folder, program);
  if (await isVerified(input.folder, own)) return own;
  const onPath = await findOnPath(program, input.computer.env);
  if (onPath !== undefined) {
    const found = await clientVersion(onPath, input.signal);
    if ("version" in found && kubectlSkew(found.version, input.apiServer) === undefined) return onPath;
  }
  return (await bringKubectl(input)).path;
}

function mirrorOf(spec: ClusterSpec | undefined): string | undefined {
  return spec === undefined || spec.kubectl.mirror === "" ? undefined : spec.kubectl.mirror;
}

async function specOf(folder: string): Promise<ClusterSpec | undefined> {
  const { spec: path } = clusterPaths(folder);
  const text = await readIfExists(path);
  // The name does not matter here, and the folder's own may not be valid.
  return text === undefined ? undefined : parseSpec({ text, source: path, folderName: "cluster", overrides: {} });
}

function whichVersion(folder: string): AlpineK8sError {
  return new AlpineK8sError("usage", `there is no cluster in ${folder} that says which kubectl fits`, {
    hints: ["alpine-k8s up", "only kubectl: alpine-k8s kubectl-config --kubernetes-version vX.Y.Z"],
  });
}

function outsideSkew(skew: string, apiServer: string): AlpineK8sError {
  return new AlpineK8sError("conflict", skew, {
    hints: [`leave --kubernetes-version out: the cluster's own is ${apiServer}`],
  });
}
