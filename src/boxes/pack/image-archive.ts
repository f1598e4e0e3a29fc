import { createHash } from "node:crypto";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { makeFolder } from "../../base/files.js";
import type { Architecture } from "../build-request.js";
import { writeBox, type BoxEntry } from "./box-file.js";
import { writeLayer, type Layer } from "./layer.js";

export interface ImageRequest {
  /** The tree after the recipe; see root-archive.ts. */
  readonly root: string;
  /** The archive to be written. */
  readonly file: string;
  /** Folder for what is needed meanwhile. */
  readonly work: string;
  /** Name with tag, as `spec.vagrant.image` has it. */
  readonly name: string;
  readonly architecture: Architecture;
  readonly labels: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

const CREATED = "1970-01-01T00:00:00Z";
const OCI = "application/vnd.oci.image";

/**
 * Packs the tree as an image with one layer, in one archive that is both an OCI image layout (image-spec 1.0) and what
 * `docker save` writes since Docker 25; older ones read its `manifest.json`. The same tree gives the same bytes. It appears
 * as a whole or not at all.
 */
export async function packImage(request: ImageRequest): Promise<void> {
  const { root, file, work, name, signal } = request;
  await makeFolder(work);
  const path = join(work, "layer.tar.gz");
  try {
    const layer = await writeLayer(root, path, signal);
    const config = blob(JSON.stringify(configOf(request, layer)));
    const manifest = blob(JSON.stringify(manifestOf(config, layer)));
    const entries: readonly BoxEntry[] = [
      { name: "oci-layout", from: { text: '{"imageLayoutVersion":"1.0.0"}' } },
      { name: "index.json", from: { text: JSON.stringify(indexOf(name, manifest)) } },
      { name: "manifest.json", from: { text: JSON.stringify(dockerManifest(name, config, layer)) } },
      { name: placeOf(manifest.digest), from: { text: manifest.text } },
      { name: placeOf(config.digest), from: { text: config.text } },
      { name: placeOf(layer.digest), from: { path } },
    ];
    await writeBox(file, entries, { signal, gzip: false });
  } finally {
    await rm(path, { force: true });
  }
}

interface Blob {
  readonly text: string;
  readonly digest: string;
  readonly size: number;
}

function blob(text: string): Blob {
  const digest = `sha256:${createHash("sha256").update(text).digest("hex")}`;
  return { text, digest, size: Buffer.byteLength(text) };
}

function placeOf(digest: string): string {
  return `blobs/${digest.replace(":", "/")}`;
}

function configOf({ architecture, labels }: ImageRequest, { diffId }: Layer): object {
  return {
    ...{ created: CREATED, architecture: architecture === "x86_64" ? "amd64" : "arm64", os: "linux" },
    config: {
      // What is started stands here and not as an entry point: the Vagrantfile gives it as a command, too.
      Cmd: ["/sbin/init"],
      Env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "container=docker"],
      Labels: labels,
      // BusyBox' init powers off at this signal.
      StopSignal: "SIGUSR2",
      // The cluster's data and the runtime's store want a real file system.
      Volumes: { "/var": {} },
    },
    rootfs: { type: "layers", diff_ids: [diffId] },
    history: [{ created: CREATED, created_by: "alpine-k8s box build" }],
  };
}

function manifestOf(config: Blob, layer: Layer): object {
  return {
    ...{ schemaVersion: 2, mediaType: `${OCI}.manifest.v1+json` },
    config: { mediaType: `${OCI}.config.v1+json`, digest: config.digest, size: config.size },
    layers: [{ mediaType: `${OCI}.layer.v1.tar+gzip`, digest: layer.digest, size: layer.size }],
  };
}

function indexOf(name: string, { digest, size }: Blob): object {
  const tag = name.slice(name.lastIndexOf(":") + 1);
  const annotations = { "io.containerd.image.name": name, "org.opencontainers.image.ref.name": tag };
  return { schemaVersion: 2, manifests: [{ mediaType: `${OCI}.manifest.v1+json`, digest, size, annotations }] };
}

function dockerManifest(name: string, config: Blob, layer: Layer): object {
  return [{ Config: placeOf(config.digest), RepoTags: [name], Layers: [placeOf(layer.digest)] }];
}
