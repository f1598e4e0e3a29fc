import { AlpineK8sError } from "../base/errors.js";

/** A platform by the names of Kubernetes' releases, and the file name of its kubectl. */
export interface KubectlPlatform {
  readonly os: "linux" | "darwin" | "windows";
  readonly arch: "amd64" | "arm64";
  readonly program: "kubectl" | "kubectl.exe";
}

const SYSTEMS: Readonly<Record<string, KubectlPlatform["os"]>> = { linux: "linux", darwin: "darwin", win32: "windows" };
const ARCHITECTURES: Readonly<Record<string, KubectlPlatform["arch"]>> = { x64: "amd64", arm64: "arm64" };

/**
 * The release's names for Node's `process.platform` and `process.arch`. Throws `prerequisite` for a platform that no
 * kubectl is downloaded for.
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
