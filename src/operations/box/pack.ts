import { rm, stat } from "node:fs/promises";
import { AlpineK8sError } from "../../base/errors.js";
import { exists, writeIfChanged } from "../../base/files.js";
import { readRecord, writeRecord, type BuildRecord, type PackedBox } from "../../boxes/build-record.js";
import type { BoxProvider } from "../../boxes/build-request.js";
import { catalogueJson } from "../../boxes/catalogue-file.js";
import { fileSum } from "../../boxes/file-sum.js";
import { capacityOf } from "../../boxes/pack/image-program.js";
import { packBox } from "../../boxes/pack/pack-box.js";
import { budgetOf, megabytes, refuseTooLarge } from "../../boxes/sizes.js";
import { overall } from "../../engine/item.js";
import type { Step } from "../../engine/step.js";
import type { BoxContext } from "./context.js";

/** What a machine is when nobody says otherwise; MiB. */
const SHAPE = { cpus: 2, memory: 2048 };

/** Packs the disk for each provider, and lists the boxes in a catalogue. */
export function packSteps(): readonly Step<BoxContext>[] {
  return [pack, writeCatalogue];
}

const pack: Step<BoxContext> = {
  id: "pack",
  title: "Pack it",
  plan: async (context) => {
    const missing = await missingBoxes(context);
    if (missing.length === 0) return "all boxes are packed";
    return missing.map((provider) => overall(provider, `pack the box for ${provider}`));
  },
  run: async (context, items) => {
    for (const { action } of items) await packFor(context, action as BoxProvider);
  },
};

async function missingBoxes({ paths, request }: BoxContext): Promise<readonly BoxProvider[]> {
  const record = await readRecord(paths.record);
  const packed = new Set(record?.boxes.map(({ provider }) => provider));
  const there = await Promise.all(request.providers.map((provider) => exists(paths.box(provider))));
  return request.providers.filter((provider, index) => !packed.has(provider) || there[index] !== true);
}

async function packFor(context: BoxContext, provider: BoxProvider): Promise<void> {
  const { paths, request, progress, signal, input } = context;
  progress.node("box", `packing for ${provider}`);
  const record = await recordOf(context);
  const capacity = await capacityOf(paths.disk, signal);
  const { name, version, alpine, kubernetes, runtime, contents } = record;
  const box = paths.box(provider);
  await packBox(provider, {
    ...{ disk: paths.disk, box, work: paths.work, signal },
    shape: { name, architecture: request.architecture, capacity, ...SHAPE },
    about: { name, version, alpine, kubernetes, runtime, contents },
  });
  const { size } = await stat(box);
  try {
    refuseTooLarge(`the box for ${provider}`, size, input.maxBytes ?? budgetOf(provider, request), record.parts);
  } catch (error) {
    await rm(box, { force: true });
    throw error;
  }
  const packed: PackedBox = { provider, file: box, bytes: size, sha256: await fileSum(box, "sha256", signal) };
  const boxes = [...record.boxes.filter((one) => one.provider !== provider), packed];
  await writeRecord(paths.record, { ...record, boxes });
  progress.info(`the box for ${provider}: ${megabytes(size)}`);
}

async function recordOf({ paths }: BoxContext): Promise<BuildRecord> {
  const record = await readRecord(paths.record);
  if (record !== undefined) return record;
  throw new AlpineK8sError("bug", `there is no record in ${paths.folder}`);
}

/** Vagrant takes boxes from it with their sums and versions. */
const writeCatalogue: Step<BoxContext> = {
  id: "write-catalogue",
  title: "Write the catalogue",
  run: async (context) => {
    const record = await recordOf(context);
    const { name, version, architecture, boxes, alpine, kubernetes, runtime } = record;
    const listed = boxes.map(({ provider, file, sha256 }) => ({ provider, url: file, sha256 }));
    const description = `Alpine ${alpine}, ${runtime}, Kubernetes ${kubernetes}`;
    const about = { alpine, kubernetes, runtime };
    const text = catalogueJson(name, description, [{ version, about, architecture, boxes: listed }]);
    await writeIfChanged(context.paths.catalogue, text);
  },
};
