import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { resolve } from "node:path";
import { AlpineK8sError } from "../base/errors.js";
import { withoutUrlSecrets } from "../base/hide-logins.js";
import type { VagrantProviderFacts } from "../templates/vagrant-provider.js";
import { valuesOf } from "./machine-readable.js";
import { demand, type RunVagrant, type VagrantTimeouts } from "./run-vagrant.js";
import type { BoxSource } from "./vagrant.js";

export interface BoxParts {
  readonly folder: string;
  readonly provider: VagrantProviderFacts;
  readonly timeouts: VagrantTimeouts;
  readonly vagrant: RunVagrant;
}

/** Whether a box of this name is there in a format that the provider takes. */
export async function hasBox(parts: BoxParts, name: string): Promise<boolean> {
  const list = await demand(parts.vagrant, "listing boxes", { args: ["box", "list"], timeout: parts.timeouts.query });
  const formats = valuesOf(list.events, "box-provider");
  return valuesOf(list.events, "box-name").some(
    (candidate, index) => candidate === name && parts.provider.boxFormats.includes(formats[index] ?? ""),
  );
}

/** Has Vagrant fetch, check and unpack a box; see `Vagrant.addBox`. */
export async function addBox(
  parts: BoxParts,
  { name, url, sha256 = "" }: BoxSource,
  signal?: AbortSignal,
): Promise<void> {
  if (url === "") {
    throw new AlpineK8sError("usage", `there is no source for the box ${name} from`, {
      hints: [`vagrant box add --name '${name}' FILE.box`, "give its place in alpine-k8s.yaml: spec.vagrant.boxUrl"],
    });
  }
  if (sha256 !== "" && /\.json(?:\?|$)/i.test(url)) {
    throw new AlpineK8sError(
      "usage",
      `Vagrant does not check spec.vagrant.boxSha256 for a catalogue (${withoutUrlSecrets(url)})`,
      {
        hints: [
          "leave boxSha256 out and give each box in the catalogue its checksum",
          "or let boxUrl name the box file itself",
        ],
      },
    );
  }
  const place = boxPlace(parts.folder, name, url);
  const checksum = sha256 === "" ? [] : ["--checksum-type", "sha256", "--checksum", sha256];
  const formats = parts.provider.boxFormats.length === 1 ? ["--provider", parts.provider.name] : [];
  await demand(parts.vagrant, `adding the box ${name}`, {
    args: ["box", "add", "--name", name, ...formats, ...checksum, place],
    timeout: parts.timeouts.box,
    isNoted: true,
    ...(signal === undefined ? {} : { signal }),
  });
}

/**
 * A URL as it is, a file by its absolute path: Vagrant would look for a missing `folder/file` in the public registry.
 */
function boxPlace(folder: string, name: string, url: string): string {
  if (/^[a-z][a-z0-9+.-]+:/i.test(url)) return url;
  const path = resolve(folder, url.replace(/^~(?=[\\/])/, homedir()));
  if (existsSync(path)) return path;
  throw new AlpineK8sError("prerequisite", `the file of the box ${name} is not there: ${path}`, {
    hints: ["correct spec.vagrant.boxUrl in alpine-k8s.yaml; a path is taken from the cluster folder"],
  });
}
