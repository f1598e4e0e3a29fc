import { copyFile, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { AlpineK8sError } from "../../base/errors.js";
import { makeFolder, readIfExists, writeIfChanged } from "../../base/files.js";
import { boxPaths, builtPaths } from "../../boxes/box-paths.js";
import { readRecord, type BuildRecord } from "../../boxes/build-record.js";
import { takesBox } from "../../boxes/build-request.js";
import { catalogueJson, versionsIn, type CatalogueVersion } from "../../boxes/catalogue-file.js";
import { fileSum } from "../../boxes/file-sum.js";
import type { RunInput } from "../../engine/run-input.js";

export interface PublishInput extends RunInput {
  /** Name of a box that was built here. */
  readonly name: string;
  /** Absolute path of the folder that a web server shows. */
  readonly to: string;
  /** Where that server shows it; nothing: the catalogue is for the folder itself. */
  readonly url: string | undefined;
}

/** The shape of `box publish -o json`. */
export interface Published {
  readonly name: string;
  readonly version: string;
  readonly catalogue: string;
  readonly files: readonly string[];
}

/**
 * Copies the newest build of a box into a folder that any static web server can show, and lists it in the folder's
 * catalogue beside the versions that are there: Vagrant finds a newer one by it. Each file is whole when it appears, the
 * catalogue comes last. Throws `usage` when no such box was built here, `node` when a box is not the one that was built.
 */
export async function publishBox(input: PublishInput): Promise<Published> {
  const { name, to, url, tools, signal, progress } = input;
  const record = await newestBuild(boxPaths(tools.computer), name);
  await makeFolder(to);
  const boxes = [];
  for (const { provider, file, sha256 } of record.boxes) {
    if (!takesBox(provider)) continue;
    progress.node("box", `copying the box for ${provider}`);
    const published = `${name}-${record.version}-${record.architecture}-${provider}.box`;
    await copyWhole(file, join(to, published), sha256, signal);
    boxes.push({
      provider,
      url: url === undefined ? join(to, published) : `${url.replace(/\/+$/, "")}/${published}`,
      sha256,
    });
  }
  const catalogue = join(to, `${name}.json`);
  const { version, architecture, alpine, kubernetes, runtime } = record;
  const others = versionsIn((await readIfExists(catalogue)) ?? "", name);
  const versions: readonly CatalogueVersion[] = [
    { version, about: { alpine, kubernetes, runtime }, architecture, boxes },
    ...others.filter((one) => one.version !== version || one.architecture !== architecture),
  ];
  const description = `Alpine ${alpine}, ${runtime}, Kubernetes ${kubernetes}`;
  await writeIfChanged(catalogue, catalogueJson(name, description, versions));
  return { name, version, catalogue, files: boxes.map(({ url: place }) => place) };
}

async function newestBuild(all: ReturnType<typeof boxPaths>, name: string): Promise<BuildRecord> {
  const keys = await readdir(all.folder).catch((): string[] => []);
  const records = await Promise.all(keys.map((key) => readRecord(builtPaths(all, key).record).catch(() => undefined)));
  const found = records.filter(
    (record) => record !== undefined && record.name === name && record.boxes.some((box) => takesBox(box.provider)),
  );
  const newest = found.sort((one, other) => ((one?.version ?? "") < (other?.version ?? "") ? 1 : -1))[0];
  if (newest !== undefined) return newest;
  throw new AlpineK8sError("usage", `no box ${JSON.stringify(name.slice(0, 200))} was built here`, {
    hints: ["alpine-k8s box build"],
  });
}

async function copyWhole(from: string, to: string, sha256: string, signal: AbortSignal): Promise<void> {
  const temporary = `${to}.new`;
  try {
    await copyFile(from, temporary);
    const sum = await fileSum(temporary, "sha256", signal);
    if (sum !== sha256) {
      throw new AlpineK8sError(
        "node",
        `${from} is not the box that was built: its SHA-256 is ${sum}, built was ${sha256}`,
        {
          hints: ["remove it and build it again: alpine-k8s box build"],
        },
      );
    }
    await rename(temporary, to);
  } finally {
    await rm(temporary, { force: true });
  }
}
