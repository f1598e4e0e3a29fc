import { AlpineK8sError } from "../base/errors.js";
import type { Architecture } from "./build-request.js";

/** Where Alpine publishes (dl-cdn.alpinelinux.org); a mirror has the same paths below it. */
export const ALPINE_MIRROR = "https://dl-cdn.alpinelinux.org/alpine";

/**
 * The newest cloud image of each release that was seen by its whole name, such as
 * `nocloud_alpine-3.24.1-x86_64-bios-tiny-r0.qcow2`, in public projects. That the same image is there for aarch64, with uefi
 * in place of bios, is inferred.
 */
const NEWEST: Readonly<Record<string, string>> = { "3.24": "3.24.1-r0", "3.23": "3.23.4-r0" };

/**
 * The URL of Alpine's cloud image with tiny-cloud, which reads our seed; its SHA-512 stands in the file of that name with
 * `.sha512` behind it. Throws `usage` for a release whose image's name is not known.
 */
export function alpineImage(alpine: string, architecture: Architecture, mirror: string): string {
  const [, version, revision] = /^(.+)-(r\d+)$/.exec(NEWEST[alpine] ?? "") ?? [];
  if (version === undefined || revision === undefined) {
    throw new AlpineK8sError("usage", `the name of the cloud image of Alpine ${alpine} is not known here`, {
      hints: [
        `look for it below ${mirror}/v${alpine}/releases/cloud/ and give it: alpine-k8s box build --alpine ${alpine} --base URL`,
        `one that is known: --alpine ${Object.keys(NEWEST)[0] ?? ""}`,
      ],
    });
  }
  const firmware = architecture === "x86_64" ? "bios" : "uefi";
  const file = `nocloud_alpine-${version}-${architecture}-${firmware}-tiny-${revision}.qcow2`;
  return `${mirror.replace(/\/+$/, "")}/v${alpine}/releases/cloud/${file}`;
}
