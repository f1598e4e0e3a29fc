import { AlpineK8sError } from "../base/errors.js";

/** A computer as Kubernetes' releases name it, and what its kubectl is called. */
export interface KubectlPlatform {
  readonly os: "linux" | "darwin" | "windows";
  readonly arch: "amd64" | "arm64";
  readonly program: "kubectl" | "kubectl.exe";
}

const SYSTEMS: Readonly<Record<string, KubectlPlatform["os"]>> = { linux: "linux", darwin: "darwin", win32: "windows" };
const ARCHITECTURES: Readonly<Record<string, KubectlPlatform["arch"]>> = { x64: "amd64", arm64: "arm64" };

/**
 * The release's names for a computer, from Node's `process.platform` and `process.arch`. Throws `prerequisite` for
 * one that kubectl is not fetched for.
 */
export function kubectlPlatform(platform: string, arch: string): KubectlPlatform {
  const os = SYSTEMS[platform];
  const architecture = ARCHITECTURES[arch];
  if (os !== undefined && architecture !== undefined) {
    return { os, arch: architecture, program: os === "windows" ? "kubectl.exe" : "kubectl" };
  }
  throw new AlpineK8sError("prerequisite", `no kubectl is fetched for ${platform} on ${arch}`, {
    hints: ["install kubectl yourself so that it is on PATH: https://kubernetes.io/docs/tasks/tools/"],
  });
}
