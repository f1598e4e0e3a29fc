import { fetchedName } from "../catalogue/release.js";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { messageOf } from "../../base/errors.js";
import type { KubeObject } from "../../kube/kube-object.js";
import { sumOf } from "../cached-file.js";
import { joined } from "../addon-manifest.js";
import type { CatalogueEntry, Release } from "../catalogue/entry.js";
import { fitToCluster, type NamedCluster } from "../catalogue/fit.js";
import { parseManifest } from "../manifest.js";
import { staticPodFor } from "../static-pod.js";
import { checked, type Finding } from "./finding.js";
import { imagesIn, privilegesIn } from "./pod-facts.js";
import { checkSchemas } from "./schemas.js";

/** Where the audit reads from. */
export interface Folders {
  /** The manifests as they were fetched; nothing: only those that lie in the catalogue are looked at. */
  readonly dir: string | undefined;
  readonly schemas: string | undefined;
}

/**
 * Checks a release by the real manifests: their sums, and for each Kubernetes of its range that every patch finds its
 * object, that it runs the images that the entry lists and no others, that its pods reach no further than the entry says,
 * and the schemas. A manifest that is not there is skipped, and all else of the release with it.
 */
export async function checkRelease(
  entry: CatalogueEntry,
  release: Release,
  { dir, schemas }: Folders,
): Promise<readonly Finding[]> {
  const what = `${entry.name} ${release.version}`;
  const texts: string[] = [];
  const findings: Finding[] = [];
  for (const [index, source] of release.sources.entries()) {
    if ("file" in source) {
      texts.push((await entry.readFile?.(source)) ?? "");
      continue;
    }
    const file = fetchedName(entry.name, release.version, index + 1);
    const path = dir === undefined ? undefined : join(dir, file);
    if (path === undefined || !existsSync(path)) {
      findings.push({ result: "skipped", text: `${what}: ${file} is not there` });
      continue;
    }
    const text = readFileSync(path, "utf8");
    texts.push(text);
    findings.push(...checkSum(file, text, source.sha256));
  }
  if (texts.length < release.sources.length) return findings.filter(({ result }) => result === "skipped");
  const [first, last] = release.minors;
  const minors = Array.from({ length: last - first + 1 }, (_, index) => first + index);
  const text = joined(texts);
  return [...findings, ...minors.flatMap((minor) => checkMinor(text, { entry, release, minor, schemas }))];
}

function checkSum(file: string, text: string, expected: string): readonly Finding[] {
  const sum = sumOf(text);
  return checked(sum === expected ? [] : [`${file}: its SHA-256 is ${sum}, the catalogue says ${expected}`]);
}

interface Fitting {
  readonly entry: CatalogueEntry;
  readonly release: Release;
  readonly minor: number;
  readonly schemas: string | undefined;
}

function checkMinor(text: string, { entry, release, minor, schemas }: Fitting): readonly Finding[] {
  const what = `${entry.name} ${release.version} on Kubernetes 1.${minor}`;
  const objects = objectsOf(text, { entry, release, minor });
  if (typeof objects === "string") return checked([`${what}: ${objects}`]);
  const images = imagesIn(objects);
  const unlisted = images.filter((image) => !release.images.includes(image));
  const unused = release.images.filter((image) => !images.includes(image));
  const unannounced = privilegesIn(objects).filter((one) => !entry.privileges.includes(one));
  return [
    ...checked([]),
    ...checked([
      ...unlisted.map((image) => `${what}: it runs ${image}, which the catalogue does not list`),
      ...unused.map((image) => `${what}: the catalogue lists ${image}, which it does not run`),
    ]),
    ...checked(unannounced.map((one) => `${what}: its pods have ${one}, which the catalogue does not announce`)),
    ...checkSchemas(objects, { minor, schemas, what }),
  ];
}

/** The objects of the fitted manifest, or why it cannot be fitted. */
function objectsOf(text: string, { entry, release, minor }: Omit<Fitting, "schemas">): readonly KubeObject[] | string {
  try {
    const fitting = { topology: exampleCluster(minor), version: release.version };
    if (entry.staticPod !== undefined) {
      const { text: pod } = staticPodFor(entry, { ...fitting, address: "10.250.250.9", node: EXAMPLE_NODE });
      return parseManifest(pod, "the static pod");
    }
    return parseManifest(fitToCluster(text, entry, fitting), "the fitted manifest");
  } catch (error) {
    return messageOf(error);
  }
}

const EXAMPLE_NODE = { name: "master1", address: "10.250.250.2", interface: "eth1" };

function exampleCluster(minor: number): NamedCluster {
  return {
    identity: {
      name: "audit",
      network: "10.250.250.0/24",
      podSubnet: "10.32.0.0/12",
      serviceSubnet: "10.96.0.0/12",
      dnsDomain: "cluster.local",
      endpointName: "api.audit.example.com",
      kubernetesVersion: `v1.${minor}.0`,
    },
    nodes: [{ address: "10.250.250.2" }],
  };
}
