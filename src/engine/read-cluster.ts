import { randomBytes } from "node:crypto";
import { basename } from "node:path";
import { DELIVERED, type Catalogue } from "../addons/catalogue/catalogue.js";
import { AlpineK8sError } from "../base/errors.js";
import { readIfExists, SECRET_MODE } from "../base/files.js";
import { clusterPaths, type ClusterPaths } from "../base/paths.js";
import { caHash, createClusterCa } from "../pki/ca.js";
import { checkCa } from "../pki/check-ca.js";
import { checkProxyCa, readProxyCa } from "../pki/proxy-ca.js";
import { createSshKeyPair } from "../remote/key-pair.js";
import type { ClusterSpec } from "../model/spec/cluster-spec.js";
import { parseSpec, type SpecInput, type SpecOverrides } from "../model/spec/parse-spec.js";
import { generateToken, parseToken } from "../model/token/token.js";
import { buildTopology } from "../model/topology/build-topology.js";
import { compareWithIdentity } from "../model/topology/compare-identity.js";
import { formatIdentity, parseIdentity } from "../model/topology/identity-file.js";
import { resolveIdentity } from "../model/topology/resolve-identity.js";
import type { Identity, Topology } from "../model/topology/topology.js";
import type { ClusterSecrets } from "./context.js";
import type { DiscoveredDefaults, Tools } from "./tools.js";

/**
 * A file to write before the first machine is made. An existing file is replaced only when it is half of a CA or ssh
 * key pair and the other half is missing.
 */
export interface NewFile {
  readonly path: string;
  readonly content: string;
  readonly mode: number;
}

/** What is intended, and what has to be written for it. Planning itself writes nothing. */
export interface Plan {
  readonly paths: ClusterPaths;
  readonly spec: ClusterSpec;
  /** The spec's file as it was read; nothing where there is none. */
  readonly specText: string | undefined;
  readonly identity: Identity;
  readonly topology: Topology;
  readonly secrets: ClusterSecrets;
  /** PEM of the CAs of a proxy that intercepts TLS; undefined when the spec names none. */
  readonly proxyCa: string | undefined;
  /** The cluster's own public ssh key; empty with hosts, whose keys are the user's. */
  readonly sshPublicKey: string;
  readonly newFiles: readonly NewFile[];
}

export interface PlanInput {
  readonly folder: string;
  readonly overrides: SpecOverrides;
  /** For `destroy`: go on although the spec contradicts the identity or the CA is lost. */
  readonly allowBrokenFolder?: boolean;
  /** Makes no key, CA or token: what a new cluster gets is only named, and empty. */
  readonly isDryRun?: boolean;
  /** Asks the world for what neither the spec nor the folder says: the Vagrant provider, a box that fits, the hosts' version. */
  readonly discoverDefaults: (spec: ClusterSpec, proxyCa: string | undefined) => Promise<DiscoveredDefaults>;
}

/** Reads and checks the spec of a folder; a missing file means all defaults. */
async function readSpec(
  paths: ClusterPaths,
  how: HowToRead,
): Promise<{ readonly spec: ClusterSpec; readonly specText: string | undefined }> {
  const specText = await readIfExists(paths.spec);
  return { spec: parseSpec({ text: specText, source: basename(paths.spec), ...how }), specText };
}

/** The identity pinned in a folder, or nothing when there is no cluster yet. */
export async function readIdentity(folder: string): Promise<Identity | undefined> {
  const paths = clusterPaths(folder);
  const text = await readIfExists(paths.identity);
  return text === undefined ? undefined : parseIdentity(text, paths.identity);
}

/**
 * Checks the spec of a folder by itself and against its cluster, and returns it. Throws `usage` with all problems, or
 * `conflict`.
 */
export async function checkSpec(folder: string, overrides: SpecOverrides): Promise<ClusterSpec> {
  const pinned = await readIdentity(folder);
  const paths = clusterPaths(folder);
  const how = {
    folderName: pinned?.name ?? basename(folder),
    overrides,
    isNew: pinned === undefined,
    kubernetesVersion: pinned?.kubernetesVersion,
  };
  const { spec } = await readSpec(paths, how);
  if (pinned) compareWithIdentity(spec, pinned);
  await checkProxyCa(folder, spec.proxy.ca);
  return spec;
}

interface CatalogueReading {
  readonly folder: string;
  readonly tools: Pick<Tools, "catalogueFile">;
  readonly signal: AbortSignal;
}

/**
 * All add-ons that a spec may name. Catalogues of its own are read, and downloaded where they are not in the cache. Throws
 * what `readCatalogue` throws.
 */
export async function readSpecCatalogue(
  { folder, tools, signal }: CatalogueReading,
  { catalogues, proxy }: Pick<ClusterSpec, "catalogues" | "proxy">,
): Promise<Catalogue> {
  if (catalogues.length === 0) return DELIVERED;
  const { readCatalogue } = await import("../addons/catalogue/read-catalogue.js");
  return readCatalogue({
    ...{ folder, catalogues },
    fetch: async (place) => tools.catalogueFile({ ...place, proxyCa: await readProxyCa(folder, proxy.ca), signal }),
  });
}

/** Plans the cluster of a folder. Throws `usage` for a bad spec, `conflict` when it contradicts the living cluster. */
export async function planCluster(input: PlanInput): Promise<Plan> {
  const paths = clusterPaths(input.folder);
  const pinned = await readIdentity(input.folder);
  const how = howToRead(input, pinned);
  const { spec: asked, specText } = await readSpec(paths, how);
  if (pinned && input.allowBrokenFolder !== true) compareWithIdentity(asked, pinned);
  const proxyCa = await readProxyCa(input.folder, asked.proxy.ca).catch((error: unknown) => {
    if (input.allowBrokenFolder === true) return undefined;
    throw error;
  });
  const newFiles: NewFile[] = [];
  const makers = input.isDryRun === true ? NOTHING_MADE : KEYS;
  const token = await planToken(paths, makers, newFiles);
  const ca =
    input.allowBrokenFolder === true
      ? await existingCa(paths)
      : await planCa({ paths, spec: asked, pinned, makers }, newFiles);
  const identity =
    pinned ??
    resolveIdentity(asked, {
      ...(await input.discoverDefaults(asked, proxyCa)),
      caHash: ca.certificate === "" ? "" : caHash(ca.certificate),
      folderId: randomBytes(4).toString("hex"),
    });
  const { kubernetesVersion } = identity;
  // Which add-ons a new cluster has may depend on what was found out just now.
  const spec = pinned ? asked : parseSpec({ text: specText, source: basename(paths.spec), ...how, kubernetesVersion });
  const sshPublicKey = identity.provider === "vagrant" ? await planSshKey({ paths, identity, makers }, newFiles) : "";
  if (!pinned) newFiles.push({ path: paths.identity, content: formatIdentity(identity), mode: 0o644 });
  return {
    paths,
    spec,
    specText,
    identity,
    topology: buildTopology(spec, identity),
    sshPublicKey,
    secrets: { token, caCertificate: ca.certificate, caKey: ca.key },
    proxyCa,
    newFiles,
  };
}

type HowToRead = Pick<SpecInput, "folderName" | "overrides" | "isNew" | "kubernetesVersion">;

/** Without a name in the spec, a folder that was renamed keeps its cluster's name. */
function howToRead(
  { folder, overrides, allowBrokenFolder = false }: PlanInput,
  pinned: Identity | undefined,
): HowToRead {
  if (pinned === undefined) return { folderName: basename(folder), overrides, isNew: !allowBrokenFolder };
  return { folderName: pinned.name, overrides, isNew: false, kubernetesVersion: pinned.kubernetesVersion };
}

/** How the secrets of a new cluster are made. */
interface Makers {
  readonly token: () => string;
  readonly ca: (name: string) => Promise<{ readonly certificate: string; readonly key: string }>;
  readonly sshKey: (comment: string) => { readonly privateKey: string; readonly publicKey: string };
}

const KEYS: Makers = { token: generateToken, ca: (name) => createClusterCa({ name }), sshKey: createSshKeyPair };

const NOTHING_MADE: Makers = {
  token: () => "",
  ca: () => Promise.resolve({ certificate: "", key: "" }),
  sshKey: () => ({ privateKey: "", publicKey: "" }),
};

async function planToken(paths: ClusterPaths, makers: Makers, newFiles: NewFile[]): Promise<string> {
  const text = await readIfExists(paths.token);
  if (text !== undefined) return parseToken(text, paths.token);
  const token = makers.token();
  newFiles.push({ path: paths.token, content: `${token}\n`, mode: SECRET_MODE });
  return token;
}

interface CaInput {
  readonly paths: ClusterPaths;
  readonly spec: ClusterSpec;
  readonly pinned: Identity | undefined;
  readonly makers: Makers;
}

async function planCa(
  { paths, spec, pinned, makers }: CaInput,
  newFiles: NewFile[],
): Promise<{ certificate: string; key: string | undefined }> {
  const certificate = await readIfExists(paths.caCertificate);
  const key = await readIfExists(paths.caKey);
  // A run that was killed between writing the two files leaves one of them and no identity. Nothing depends on it yet.
  if (certificate !== undefined && (pinned || key !== undefined)) {
    checkCa(certificate, key, { certificateFile: paths.caCertificate, keyFile: paths.caKey });
    if (pinned && caHash(certificate) !== pinned.caHash) throw otherCa(paths);
    return { certificate, key };
  }
  if (pinned) throw lostCa(paths);
  const made = await makers.ca(spec.name);
  newFiles.push({ path: paths.caCertificate, content: made.certificate, mode: 0o644 });
  newFiles.push({ path: paths.caKey, content: made.key, mode: SECRET_MODE });
  return made;
}

async function existingCa(paths: ClusterPaths): Promise<{ certificate: string; key: string | undefined }> {
  return { certificate: (await readIfExists(paths.caCertificate)) ?? "", key: await readIfExists(paths.caKey) };
}

function otherCa(paths: ClusterPaths): AlpineK8sError {
  return new AlpineK8sError(
    "conflict",
    `${paths.caCertificate} is not the certificate that this cluster was made with`,
    {
      hints: [`put the right ${basename(paths.caCertificate)} back from a backup, or start over: alpine-k8s destroy`],
    },
  );
}

function lostCa(paths: ClusterPaths): AlpineK8sError {
  return new AlpineK8sError("conflict", `the certificate of the cluster's CA is gone: ${paths.caCertificate}`, {
    hints: [
      `copy /etc/kubernetes/pki/ca.crt from a master to ${paths.caCertificate}, or start over: alpine-k8s destroy`,
    ],
  });
}

async function planSshKey(
  { paths, identity, makers }: { readonly paths: ClusterPaths; readonly identity: Identity; readonly makers: Makers },
  newFiles: NewFile[],
): Promise<string> {
  const [key, publicKey] = await Promise.all([readIfExists(paths.sshKey), readIfExists(paths.sshPublicKey)]);
  if (key !== undefined && publicKey !== undefined) return publicKey.trim();
  const pair = makers.sshKey(`alpine-k8s ${identity.name}`);
  newFiles.push({ path: paths.sshKey, content: pair.privateKey, mode: SECRET_MODE });
  newFiles.push({ path: paths.sshPublicKey, content: `${pair.publicKey}\n`, mode: 0o644 });
  return pair.publicKey;
}
