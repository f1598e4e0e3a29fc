import { AlpineK8sError } from "../base/errors.js";
import { addressWithoutLogin } from "../base/hide-logins.js";
import { minorOf } from "../model/versions/kubernetes.js";
import type { KubectlPlatform } from "./platform.js";

/** Where Kubernetes publishes its releases. */
export const RELEASES = "https://dl.k8s.io";

/**
 * The published release of a version: `v1.36.1+k3s1` and `v1.36.1` are both built from `v1.36.1`, and only that has
 * downloads. Throws `usage` for anything that is not a version.
 */
export function releaseOf(version: string): string {
  minorOf(version);
  return version.replace(/\+.*$/, "");
}

/**
 * URL of kubectl in the layout of dl.k8s.io; `mirror` replaces that host. The URL with `.sha256` appended has its sum.
 * Throws `usage` for a mirror that is no http or https URL.
 */
export function kubectlUrl(mirror: string, version: string, { os, arch, program }: KubectlPlatform): string {
  const base = checkedMirror(mirror);
  base.pathname = `${base.pathname.replace(/\/+$/, "")}/release/${releaseOf(version)}/bin/${os}/${arch}/${program}`;
  return base.href;
}

function checkedMirror(mirror: string): URL {
  const url = URL.canParse(mirror) ? new URL(mirror) : undefined;
  if (url && /^https?:$/.test(url.protocol) && url.search === "" && url.hash === "") return url;
  throw new AlpineK8sError(
    "usage",
    `the mirror ${JSON.stringify(addressWithoutLogin(mirror))} is not an http or https URL`,
    {
      hints: [`write it like --mirror https://mirror.example.com/kubernetes; it stands in for ${RELEASES}`],
    },
  );
}
