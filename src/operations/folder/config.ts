import { problemsWith } from "../../addons/check-spec.js";
import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { AlpineK8sError, messageOf } from "../../base/errors.js";
import { readIfExists } from "../../base/files.js";
import { clusterPaths } from "../../base/paths.js";
import { networkOf } from "../../model/spec/check-networks.js";
import type { ClusterSpec } from "../../model/spec/cluster-spec.js";
import { parseSpec, readSpecText, specRefusal, type ReadSpec, type SpecProblem } from "../../model/spec/parse-spec.js";
import { specDocument, withoutSecrets } from "../../model/spec/spec-document.js";
import { writeYamlWithRemarks, type Remark } from "../../model/spec/yaml-text.js";
import { buildTopology } from "../../model/topology/build-topology.js";
import { compareWithIdentity, identityDifferences } from "../../model/topology/compare-identity.js";
import { versionInBoxName } from "../../model/topology/resolve-identity.js";
import type { Identity } from "../../model/topology/topology.js";
import { checkProxyCa } from "../../pki/proxy-ca.js";
import { readIdentity, readSpecCatalogue } from "../../engine/read-cluster.js";
import type { CatalogueFileInput, Tools } from "../../engine/tools.js";
import { pathText, type Path } from "../../model/spec/problems.js";

/** The spec of a folder with every value named; secrets are left out of both forms. */
export interface ShownConfig {
  /** A document that is valid as alpine-k8s.yaml; the shape of `config show -o json`. */
  readonly document: unknown;
  /** The same as YAML, with remarks on what the cluster pins and on what is only known during `up`. */
  readonly yaml: string;
}

/**
 * The spec of a folder as `up` would take it, every default filled in, with what a cluster that exists pins. Reads
 * the folder only. Throws `usage` for a bad spec, `conflict` when it contradicts the cluster.
 */
export async function showConfig(folder: string): Promise<ShownConfig> {
  const identity = await readIdentity(folder);
  const paths = clusterPaths(folder);
  const text = await readIfExists(paths.spec);
  const folderName = identity?.name ?? basename(folder);
  const spec = parseSpec({
    ...{ text, source: basename(paths.spec), folderName, overrides: {}, isNew: !identity },
    kubernetesVersion: identity?.kubernetesVersion,
  });
  if (identity) compareWithIdentity(spec, identity);
  const settled = settledSpec(spec, identity);
  const document = withoutSecrets(specDocument(settled));
  const source =
    text === undefined ? "there is no alpine-k8s.yaml: all defaults" : "alpine-k8s.yaml with every default";
  const top = `Cluster ${settled.name}; ${source}.`;
  return { document, yaml: writeYamlWithRemarks(document, top, remarksFor(settled, identity)) };
}

/** The spec with what follows from the box's name and the Vagrant provider, or from the cluster that exists. */
function settledSpec(spec: ClusterSpec, identity: Identity | undefined): ClusterSpec {
  const vagrant = spec.provider === "vagrant" ? settledVagrant(spec, identity) : spec.vagrant;
  const boxVersion = spec.provider === "vagrant" ? versionInBoxName(vagrant.image ?? vagrant.box) : undefined;
  const version = identity?.kubernetesVersion ?? spec.kubernetes.version ?? boxVersion;
  const kubernetes = { ...spec.kubernetes, ...(version === undefined ? {} : { version }) };
  return { ...spec, kubernetes, vagrant };
}

function settledVagrant(spec: ClusterSpec, identity: Identity | undefined): ClusterSpec["vagrant"] {
  const provider = identity?.vagrantProvider ?? spec.vagrant.provider;
  const network = identity?.network ?? networkOf(spec);
  return {
    ...{ ...spec.vagrant, box: identity?.box ?? spec.vagrant.box },
    ...(identity?.image === undefined ? {} : { image: identity.image }),
    ...(provider === undefined ? {} : { provider }),
    ...(network === undefined ? {} : { network }),
  };
}

const PINNED: readonly (readonly string[])[] = [
  ["metadata", "name"],
  ["spec", "domain"],
  ["spec", "provider"],
  ["spec", "kubernetes", "version"],
  ["spec", "kubernetes", "podSubnet"],
  ["spec", "kubernetes", "serviceSubnet"],
  ["spec", "kubernetes", "dnsDomain"],
];
const PINNED_BY_VAGRANT: readonly (readonly string[])[] = [
  ["spec", "vagrant", "provider"],
  ["spec", "vagrant", "network"],
];

function remarksFor(spec: ClusterSpec, identity: Identity | undefined): readonly Remark[] {
  const { provider, vagrant, kubernetes } = spec;
  if (identity) {
    const base = ["spec", "vagrant", identity.image === undefined ? "box" : "image"];
    const pinned = [...PINNED, ...(provider === "vagrant" ? [...PINNED_BY_VAGRANT, base] : [])];
    return pinned.map((path) => ({ path, text: "pinned: the cluster was made with it" }));
  }
  const version = { path: ["spec", "kubernetes", "version"], text: "what the first master carries" };
  const first = { path: ["spec", "vagrant", "provider"], text: "the first usable one, and network follows it" };
  return [
    ...(kubernetes.version === undefined ? [version] : []),
    ...(provider === "vagrant" && vagrant.provider === undefined ? [first] : []),
  ];
}

export interface ValidateInput {
  readonly folder: string;
  /** The file to look at; nothing means the folder's alpine-k8s.yaml, which may be missing. */
  readonly file: string | undefined;
  /** Only asked for when the spec names a catalogue by its URL. */
  readonly tools: () => Promise<Pick<Tools, "catalogueFile">>;
  readonly signal: AbortSignal;
}

/** What is wrong with a spec file; the shape of `config validate -o json`, documented in docs/json.md. */
export interface ValidatedConfig {
  readonly valid: boolean;
  /** The file's path as given; null when there is none and all defaults apply. */
  readonly file: string | null;
  /** The cluster that the file was compared with; null when there is none in the folder. */
  readonly cluster: string | null;
  readonly problems: readonly ConfigProblem[];
}

/** Something wrong with the file, or a value in it that contradicts the cluster. */
interface ConfigProblem {
  /** One-based; null when the problem has no place in the file. */
  readonly line: number | null;
  readonly column: number | null;
  /** `spec.hosts[1].address`; empty for the file as a whole. */
  readonly key: string;
  readonly message: string;
}

/** Checks a spec file by itself and against the cluster of the folder, if there is one. Reads only. */
export async function validateConfig(input: ValidateInput): Promise<ValidatedConfig & { readonly refusal?: Error }> {
  const identity = await readIdentity(input.folder);
  const { spec: usual } = clusterPaths(input.folder);
  const text = await (input.file === undefined ? readIfExists(usual) : readGiven(input.file));
  const source = input.file ?? basename(usual);
  const folderName = identity?.name ?? basename(input.folder);
  const read = readSpecText({
    ...{ text, source, folderName, overrides: {}, isNew: !identity },
    kubernetesVersion: identity?.kubernetesVersion,
  });
  const problems = [
    ...read.problems,
    ...(identity ? againstCluster(read, identity) : []),
    ...(await proxyCaProblems(read, input.folder)),
    ...(await catalogueProblems(read, input)),
  ];
  return {
    valid: problems.length === 0,
    file: text === undefined ? null : source,
    cluster: identity?.name ?? null,
    problems: problems.map(({ position, key, what }) => ({
      ...{ line: position?.line ?? null, column: position?.column ?? null },
      ...{ key, message: what },
    })),
    ...(problems.length === 0 ? {} : { refusal: specRefusal(source, problems, problems.length) }),
  };
}

function againstCluster({ spec, positionOf }: ReadSpec, identity: Identity): readonly SpecProblem[] {
  if (!spec) return [];
  const differences = identityDifferences(spec, identity).map(({ key, cluster, spec: wanted, remedy }) => ({
    position: positionOf(key.split(".")),
    key,
    what: `the cluster has ${cluster}, the spec says ${wanted}; ${remedy}`,
  }));
  return differences.length > 0 ? differences : topologyProblems(spec, identity);
}

function topologyProblems(spec: ClusterSpec, identity: Identity): readonly SpecProblem[] {
  try {
    buildTopology(spec, identity);
    return [];
  } catch (error) {
    if (!(error instanceof AlpineK8sError)) throw error;
    return [{ position: undefined, key: "", what: messageOf(error) }];
  }
}

async function proxyCaProblems({ spec, positionOf }: ReadSpec, folder: string): Promise<readonly SpecProblem[]> {
  if (!spec) return [];
  try {
    await checkProxyCa(folder, spec.proxy.ca);
    return [];
  } catch (error) {
    if (!(error instanceof AlpineK8sError)) throw error;
    return [{ position: positionOf(["spec", "proxy", "ca"]), key: "spec.proxy.ca", what: error.message }];
  }
}

/** Catalogues that cannot be read, and add-ons that do not go with them. */
async function catalogueProblems(
  { spec, positionOf }: ReadSpec,
  { folder, tools, signal }: ValidateInput,
): Promise<readonly SpecProblem[]> {
  if (!spec) return [];
  const problem = (path: Path, what: string): SpecProblem => ({
    position: positionOf(path),
    key: pathText(path),
    what,
  });
  try {
    const world = {
      folder,
      signal,
      tools: { catalogueFile: async (asked: CatalogueFileInput) => (await tools()).catalogueFile(asked) },
    };
    return problemsWith(spec, await readSpecCatalogue(world, spec)).map(({ path, what }) => problem(path, what));
  } catch (error) {
    if (!(error instanceof AlpineK8sError) || error.kind !== "usage") throw error;
    return [problem(["spec", "catalogues"], error.message)];
  }
}

async function readGiven(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    throw new AlpineK8sError("usage", `cannot read ${file}: ${messageOf(error)}`, { cause: error });
  }
}
