import { fileURLToPath } from "node:url";
import { AlpineK8sError } from "../../base/errors.js";
import { exists } from "../../base/files.js";
import { ALPINE_MIRROR, alpineImage } from "../../boxes/alpine-image.js";
import { basePath, getBase, hasBase } from "../../boxes/base-image.js";
import { publishedSum, shown } from "../../boxes/base-source.js";
import { boxPaths, builtPaths } from "../../boxes/box-paths.js";
import { withBoxLock } from "../../boxes/box-lock.js";
import { buildDisk } from "../../boxes/build-disk.js";
import { boxVersion, buildKey, isBuilt, readRecord, writeRecord, type BuildRecord } from "../../boxes/build-record.js";
import { nameOf, refuseImpossible, takesBox } from "../../boxes/build-request.js";
import { findEmulator, type Emulator } from "../../boxes/emulator.js";
import { readRecipe } from "../../boxes/recipe.js";
import { partsOf } from "../../boxes/sizes.js";
import { overall, type Plan } from "../../engine/item.js";
import { result, type OwnResult } from "../../engine/result.js";
import { planSteps, runSteps, type Step } from "../../engine/step.js";
import { addToVagrant } from "./add-to-vagrant.js";
import { compareSignature } from "./check-signature.js";
import type { BoxContext, BuildBoxInput } from "./context.js";
import { packSteps } from "./pack.js";

/** MiB that a build takes: the disk before and after, the archive of its tree, the boxes. */
const ROOM = 4096;
/** Milliseconds without a byte after which a download counts as stalled. */
const STALL = 30_000;

/** The shape of `box build -o json`. */
export interface BuiltBox extends BuildRecord {
  /** The catalogue that Vagrant takes; null where only an image was asked for. */
  readonly catalogue: string | null;
  /** Whether Vagrant has it now. */
  readonly added: boolean;
}

/**
 * Builds a box, or goes on where a build was ended: what is there and whole is not made again. Throws `usage` for what
 * cannot be built, `prerequisite` for what is missing here, `node` for what goes wrong in the machine or is too large.
 */
export async function buildBox(input: BuildBoxInput): Promise<BuiltBox> {
  return onBox(input, async (context) => {
    const added = result<boolean>();
    return withBoxLock(context.all, { command: "box build", signal: context.signal }, async () => {
      await runSteps(stepsOf(added), context);
      const record = await readRecord(context.paths.record);
      if (record === undefined) throw new AlpineK8sError("bug", `there is no record in ${context.paths.folder}`);
      const catalogue = input.request.providers.some(takesBox) ? context.paths.catalogue : null;
      return { ...record, catalogue, added: added.value ?? false };
    });
  });
}

/** What {@link buildBox} would do now. Asks for the sum of the image, and writes nothing. */
export async function planBuildBox(input: BuildBoxInput): Promise<Plan> {
  return onBox(input, async (context) => {
    const steps = await planSteps(stepsOf(result()), context);
    return { command: "box build", cluster: undefined, steps };
  });
}

async function onBox<T>(input: BuildBoxInput, body: (context: BoxContext) => Promise<T>): Promise<T> {
  const { request, tools, signal } = input;
  refuseImpossible(request);
  const recipe = await readRecipe(input.recipe ?? fileURLToPath(new URL("../../../boxes/recipe", import.meta.url)));
  const mirror = input.mirror ?? ALPINE_MIRROR;
  const source = input.base ?? {
    place: alpineImage(request.alpine, request.architecture, mirror),
    sha512: undefined,
  };
  const { env, ca } = input.proxy ?? { env: tools.computer.env, ca: undefined };
  const http = { signal, env, ca, stall: STALL };
  const sha512 = await publishedSum(source, http);
  const all = boxPaths(tools.computer);
  const key = buildKey({ ...request, sha512, recipe: recipe.sum });
  const paths = builtPaths(all, `${nameOf(request)}-${request.architecture}-${key}`);
  return body({ ...input, all, paths, source, sha512, recipe, http, input });
}

function stepsOf(added: OwnResult<boolean>): readonly Step<BoxContext>[] {
  const emulator = result<Emulator>();
  return [
    checkComputer(emulator),
    getImage,
    compareSignature,
    provision(emulator),
    ...packSteps(),
    addToVagrant(added),
  ];
}

function checkComputer(emulator: OwnResult<Emulator>): Step<BoxContext> {
  return {
    id: "check-computer",
    title: "Check this computer",
    plan: async ({ tools: { computer }, request, all, paths }) => {
      emulator.give(await findEmulator(computer, request.architecture));
      const free = await computer.freeDisk(all.folder);
      if (free !== undefined && free < ROOM && !(await exists(paths.disk))) {
        throw new AlpineK8sError("prerequisite", `${all.folder} has ${free} MiB free, and a build takes ${ROOM}`, {
          hints: ["make room, or name another folder: XDG_CACHE_HOME=FOLDER alpine-k8s box build"],
        });
      }
      return [];
    },
    run: () => Promise.resolve(),
  };
}

const getImage: Step<BoxContext> = {
  id: "get-image",
  title: "Get the image",
  plan: async ({ all, sha512, source, paths, input }) => {
    // With a key the image itself is wanted again.
    if (input.key === undefined && (await isBuilt(paths))) return "the disk is built";
    if (await hasBase(all.bases, sha512)) return "it is here, verified";
    return [overall("image", `get ${shown(source.place)} and compare its SHA-512`)];
  },
  run: ({ all, sha512, source, http, input }) =>
    getBase({ folder: all.bases, sha512, source, http, onBytes: input.onBytes }),
};

function provision(emulator: OwnResult<Emulator>): Step<BoxContext> {
  return {
    id: "provision",
    title: "Boot it and run the recipe",
    plan: async ({ paths, recipe, request }) => {
      if (await isBuilt(paths)) return "the disk is built";
      const isEmulated = emulator.value?.acceleration === "tcg";
      const time = isEmulated ? "a quarter of an hour or more, as its processor is emulated" : "some minutes";
      return [
        overall(
          "disk",
          `boot Alpine ${request.alpine} under QEMU and run the ${recipe.scripts.length} scripts: ${time}`,
        ),
      ];
    },
    run: async (context, [item]) => {
      const { all, paths, sha512, recipe, request, source, progress, signal, tools, input } = context;
      if (item === undefined || emulator.value === undefined) return;
      progress.info(item.text);
      const contents = await buildDisk({
        ...{
          emulator: emulator.value,
          base: basePath(all.bases, sha512),
          recipe,
          paths,
          signal,
          children: all.children,
        },
        variables: variablesOf(context),
        environment: input.proxy?.guest ?? {},
        secrets: input.proxy?.secrets ?? [],
        onStage: (what) => progress.node("box", what),
        onLine: (line) => progress.detail(`box: ${line}`),
      });
      const { alpine, kubernetes, runtime, architecture, preload } = request;
      await writeRecord(paths.record, {
        ...{ name: nameOf(request), version: boxVersion(tools.computer.now()) },
        ...{ alpine, kubernetes, runtime, architecture, preload },
        base: { place: shown(source.place), sha512 },
        ...{ recipe: recipe.sum, contents: contents.digest, parts: partsOf(contents.entries), boxes: [] },
      });
    },
  };
}

function variablesOf({ request, input, recipe, sha512 }: BoxContext): Readonly<Record<string, string>> {
  return {
    BOX_NAME: nameOf(request),
    BOX_ALPINE: request.alpine,
    BOX_KUBERNETES: request.kubernetes,
    BOX_RUNTIME: request.runtime,
    BOX_PRELOAD: request.preload ? "yes" : "no",
    BOX_MIRROR: input.mirror ?? "",
    BOX_RECIPE: recipe.sum,
    BOX_BASE: sha512.slice(0, 32),
  };
}
