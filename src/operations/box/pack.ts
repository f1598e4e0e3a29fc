import { rm, stat } from "node:fs/promises";
import { AlpineK8sError } from "../../base/errors.js";
import { exists, writeIfChanged } from "../../base/files.js";
import { readRecord, writeRecord, type BuildRecord, type PackedBox } from "../../boxes/build-record.js";
import { imageName, takesBox, type Provider } from "../../boxes/build-request.js";
import { catalogueJson } from "../../boxes/catalogue-file.js";
import { fileSum } from "../../boxes/file-sum.js";
import { capacityOf } from "../../boxes/pack/image-program.js";
import { packImage } from "../../boxes/pack/image-archive.js";
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
    if (missing.length === 0) return "all of it is packed";
    return missing.map((provider) => overall(provider, `pack ${thing(provider)}`));
  },
  run: async (context, items) => {
    for (const { action } of items) await packFor(context, action as Provider);
  },
};

async function missingBoxes({ paths, request }: BoxContext): Promise<readonly Provider[]> {
  const record = await readRecord(paths.record);
  const packed = new Set(record?.boxes.map(({ provider }) => provider));
  const there = await Promise.all(request.providers.map((provider) => exists(paths.packed(provider))));
  return request.providers.filter((provider, index) => !packed.has(provider) || there[index] !== true);
}

async function packFor(context: BoxContext, provider: Provider): Promise<void> {
  const { paths, request, progress, signal, input } = context;
  const file = paths.packed(provider);
  progress.node("box", `packing for ${provider}`);
  const record = await recordOf(context);
  await writePacked(context, provider, record);
  const { size } = await stat(file);
  try {
    refuseTooLarge(thing(provider), size, input.maxBytes ?? budgetOf(provider, request), record.parts);
  } catch (error) {
    await rm(file, { force: true });
    throw error;
  }
  const packed: PackedBox = {
    ...{ provider, file, bytes: size, sha256: await fileSum(file, "sha256", signal) },
    ...(takesBox(provider) ? {} : { image: imageName(request) }),
  };
  const boxes = [...record.boxes.filter((one) => one.provider !== provider), packed];
  await writeRecord(paths.record, { ...record, boxes });
  progress.info(`${thing(provider)}: ${megabytes(size)}`);
}

function thing(provider: Provider): string {
  return `the ${takesBox(provider) ? "box" : "image"} for ${provider}`;
}

async function writePacked(
  { paths, request, signal }: BoxContext,
  provider: Provider,
  record: BuildRecord,
): Promise<void> {
  const { name, version, alpine, kubernetes, runtime, contents } = record;
  const { work } = paths;
  if (takesBox(provider)) {
    const capacity = await capacityOf(paths.disk, signal);
    return packBox(provider, {
      ...{ disk: paths.disk, box: paths.packed(provider), work, signal },
      shape: { name, architecture: request.architecture, capacity, ...SHAPE },
      about: { name, version, alpine, kubernetes, runtime, contents },
    });
  }
  const about = { alpine, kubernetes, runtime, contents };
  return packImage({
    ...{ root: paths.root, file: paths.packed(provider), work, name: imageName(request), signal },
    architecture: request.architecture,
    // Without the version, which tells the time of the build.
    labels: Object.fromEntries(Object.entries(about).map(([key, value]) => [`alpine-k8s.${key}`, value])),
  });
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
  plan: ({ request }) => Promise.resolve(request.providers.some(takesBox) ? [] : "an image has none"),
  run: async (context) => {
    const record = await recordOf(context);
    const { name, version, architecture, boxes, alpine, kubernetes, runtime } = record;
    const listed = boxes.flatMap(({ provider, file, sha256 }) =>
      takesBox(provider) ? [{ provider, url: file, sha256 }] : [],
    );
    const description = `Alpine ${alpine}, ${runtime}, Kubernetes ${kubernetes}`;
    const about = { alpine, kubernetes, runtime };
    const text = catalogueJson(name, description, [{ version, about, architecture, boxes: listed }]);
    await writeIfChanged(context.paths.catalogue, text);
  },
};
