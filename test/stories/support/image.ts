import { createHash } from "node:crypto";
import { copyFile, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Outside } from "./outside.js";
import { expectDone, start } from "./programs.js";

/** Puts an image `HOST/NAME:1` into a registry outside: only BusyBox, which sleeps. */
export async function putImage(outside: Outside, host: string, name: string): Promise<void> {
  const layer = await layerWithBusyBox();
  const config = Buffer.from(
    JSON.stringify({
      ...{ architecture: process.arch === "arm64" ? "arm64" : "amd64", os: "linux" },
      config: { Entrypoint: ["/busybox", "sleep", "1000000"] },
      rootfs: { type: "layers", diff_ids: [digestOf(layer)] },
    }),
  );
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: "application/vnd.docker.distribution.manifest.v2+json",
    config: { mediaType: "application/vnd.docker.container.image.v1+json", ...blob(config) },
    layers: [{ mediaType: "application/vnd.docker.image.rootfs.diff.tar", ...blob(layer) }],
  });
  await outside.put(`${host}/v2/index`, "{}");
  for (const content of [layer, config]) await outside.put(`${host}/v2/${name}/blobs/${digestOf(content)}`, content);
  for (const reference of ["1", digestOf(Buffer.from(manifest))]) {
    await outside.put(`${host}/v2/${name}/manifests/${reference}`, manifest);
  }
}

async function layerWithBusyBox(): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), "alpine-k8s-image-"));
  try {
    await copyFile("/bin/busybox", join(folder, "busybox"));
    expectDone(
      await start("tar", ["-C", folder, "--owner=0", "--group=0", "-cf", `${folder}/layer.tar`, "busybox"]).done,
    );
    return await readFile(join(folder, "layer.tar"));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function digestOf(content: Buffer): string {
  return `sha256:${createHash("sha256").update(content).digest("hex")}`;
}

function blob(content: Buffer): { digest: string; size: number } {
  return { digest: digestOf(content), size: content.length };
}
