import { AlpineK8sError } from "../../base/errors.js";
import { VAGRANT_PROVIDER_NAMES } from "../spec/cluster-spec.js";
import {
  anyLine,
  boxName,
  cidr,
  clusterName,
  dnsLabel,
  dnsName,
  imageReference,
  kubernetesVersion,
  pattern,
} from "../spec/formats.js";
import { shown } from "../spec/problems.js";
import { choice, object, text } from "../spec/schema.js";
import { readYaml, writeYaml } from "../spec/yaml-text.js";
import type { Identity } from "./topology.js";

const VERSION = "alpine-k8s/identity/v1";

const HEADER = `# What must not change while machines of this cluster exist. Made by alpine-k8s; do not edit.
`;

/** Values are checked as strictly as the spec's: they end up in scripts and in the Vagrantfile. */
const IDENTITY = object(
  {
    version: text(anyLine),
    name: text(clusterName),
    domain: text(dnsName),
    provider: choice(["vagrant", "hosts"]),
    vagrantProvider: choice(VAGRANT_PROVIDER_NAMES),
    network: text(cidr),
    box: text(boxName),
    boxCatalog: text(anyLine),
    image: text(imageReference),
    kubernetesVersion: text(kubernetesVersion),
    podSubnet: text(cidr),
    serviceSubnet: text(cidr),
    dnsDomain: text(dnsName),
    podNetwork: text(dnsLabel),
    endpointName: text(dnsName),
    caHash: text(pattern("sha256:[0-9a-f]{64}", "is not the pin of a CA")),
    folderId: text(pattern("[0-9a-f]{8}", "is not eight hexadecimal digits")),
  },
  [
    "name",
    "domain",
    "provider",
    "kubernetesVersion",
    "podSubnet",
    "serviceSubnet",
    "dnsDomain",
    "endpointName",
    "caHash",
    "folderId",
  ],
);

/** The text of identity.yaml. */
export function formatIdentity(identity: Identity): string {
  return HEADER + writeYaml({ version: VERSION, ...identity });
}

/**
 * Reads identity.yaml. Throws `usage` with the remedy for a damaged file and for one of a newer alpine-k8s: the file is
 * never replaced, because the machines that exist depend on it.
 */
export function parseIdentity(source: string, file: string): Identity {
  const yaml = readYaml(source);
  if (!("data" in yaml))
    throw damaged(
      file,
      yaml.map((problem) => problem.what),
    );
  const { data } = yaml;
  if (typeof data !== "object" || data === null) throw damaged(file, ["it holds no names and values"]);
  const version = "version" in data ? data.version : undefined;
  if (version !== VERSION) throw otherVersion(file, version);
  const wrong: string[] = [];
  const identity = IDENTITY.read(data, [], {
    report: ({ path, what }) => wrong.push(`${path.join(".")}: ${what}`),
    sourceOf: (path) => yaml.sourceOf(path),
  });
  if (wrong.length > 0 || identity === undefined) throw damaged(file, wrong);
  const fields = Object.entries(identity).filter(([key]) => key !== "version");
  // Nothing was reported, so the required fields are there.
  return Object.fromEntries(fields) as unknown as Identity;
}

function otherVersion(file: string, version: unknown): AlpineK8sError {
  if (typeof version !== "string" || !version.startsWith("alpine-k8s/identity/")) {
    return damaged(file, [`version: must be ${VERSION}, not ${shown(version)}`]);
  }
  return new AlpineK8sError("usage", `${file} has the format ${shown(version)}; this alpine-k8s reads ${VERSION}`, {
    hints: ["use the alpine-k8s that made this cluster, or a newer one", "the file was left as it is"],
  });
}

function damaged(file: string, why: readonly string[]): AlpineK8sError {
  const list = why.length === 1 ? ` ${why.join("")}` : ["", ...why].join("\n  ");
  return new AlpineK8sError("usage", `${file} cannot be used:${list}`, {
    hints: [
      `put ${file} back from a backup; the machines that exist depend on it`,
      "or, if no machine of this cluster exists any more, remove the folder .alpine-k8s and run: alpine-k8s up",
    ],
  });
}
