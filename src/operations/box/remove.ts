import { readdir, rm } from "node:fs/promises";
import { AlpineK8sError } from "../../base/errors.js";
import { makeFolder } from "../../base/files.js";
import { quoteSh } from "../../base/quote.js";
import { boxPaths, builtPaths } from "../../boxes/box-paths.js";
import { withBoxLock } from "../../boxes/box-lock.js";
import { readRecord } from "../../boxes/build-record.js";
import { overall, type Plan } from "../../engine/item.js";
import type { RunInput } from "../../engine/run-input.js";
import { planSteps, runSteps, type Step } from "../../engine/step.js";
import { removeBox } from "../../vagrant/kept-boxes.js";
import { listBoxes, type ListedBox } from "./list.js";
import { noBox } from "./verify.js";

export interface RemoveBoxInput extends RunInput {
  readonly name: string;
  /** Only the box for this provider; nothing: of all. */
  readonly provider: string | undefined;
  /** Only this version; nothing: all. */
  readonly version: string | undefined;
}

/** The shape of `box remove -o json`. */
export interface RemovedBoxes {
  /** What Vagrant has no more. */
  readonly removed: readonly Pick<ListedBox, "name" | "version" | "provider">[];
  /** Folders of builds that went with them. */
  readonly folders: readonly string[];
}

/**
 * Takes boxes out of Vagrant, and the builds that they came from out of our cache; a build of this name that Vagrant never
 * got, such as an image for Docker, goes as well. Throws `usage` when there is none, and `conflict` while machines of a folder were made of one: nothing is removed then.
 */
export async function removeBoxes(input: RemoveBoxInput): Promise<RemovedBoxes> {
  const { found, folders } = await wanted(input);
  return withBoxLock(boxPaths(input.tools.computer), { command: "box remove", signal: input.signal }, async () => {
    await runSteps(stepsFor(found, folders), input);
    return { removed: found.map(({ name, version, provider }) => ({ name, version, provider })), folders };
  });
}

/** What {@link removeBoxes} would do now; throws the same refusals. */
export async function planRemoveBoxes(input: RemoveBoxInput): Promise<Plan> {
  const { found, folders } = await wanted(input);
  const steps = await planSteps(stepsFor(found, folders), input);
  return { command: `box remove ${input.name}`, cluster: undefined, steps };
}

interface Wanted {
  readonly found: readonly ListedBox[];
  /** Folders of builds. */
  readonly folders: readonly string[];
}

async function wanted(input: RemoveBoxInput): Promise<Wanted> {
  const { boxes } = await listBoxes(input);
  const { name, provider, version } = input;
  const found = boxes.filter(
    (box) =>
      box.name === name && (provider ?? box.provider) === box.provider && (version ?? box.version) === box.version,
  );
  const builds = await buildsOf(input, found);
  if (found.length === 0 && builds.length === 0) throw noBox(name);
  const folders = [...new Set(found.flatMap(({ usedBy }) => usedBy))];
  if (folders.length === 0) return { found, folders: builds };
  throw new AlpineK8sError(
    "conflict",
    `${name} is in use: machines of ${folders.join(", ")} were made of it; nothing was removed`,
    {
      hints: folders.map((folder) => `alpine-k8s destroy --dir ${quoteSh(folder)}`),
    },
  );
}

/** Folders of the builds that these boxes came from; without boxes and a provider, of all that the name and version mean. */
async function buildsOf(input: RemoveBoxInput, boxes: readonly ListedBox[]): Promise<readonly string[]> {
  const { tools, name: asked, provider, version: only } = input;
  const isMeant = (name: string, version: string): boolean =>
    boxes.length > 0
      ? boxes.some((box) => box.name === name && box.version === version)
      : provider === undefined && name === asked && version === (only ?? version);
  const all = boxPaths(tools.computer);
  const names = await readdir(all.folder).catch((): string[] => []);
  const found = await Promise.all(
    names.map(async (key) => {
      const { folder, record: path } = builtPaths(all, key);
      const record = await readRecord(path).catch(() => undefined);
      return record !== undefined && isMeant(record.name, record.version) ? [folder] : [];
    }),
  );
  return found.flat().sort();
}

function stepsFor(boxes: readonly ListedBox[], folders: readonly string[]): readonly Step<RunInput>[] {
  return [
    {
      id: "remove-from-vagrant",
      title: "Take it out of Vagrant",
      plan: () =>
        Promise.resolve(
          boxes.length === 0
            ? "it has none of this name"
            : boxes.map(({ name, provider, version }) =>
                overall(provider, `vagrant box remove ${name}, version ${version}, for ${provider}`),
              ),
        ),
      run: async ({ tools, signal, progress }) => {
        const log = (line: string): void => progress.detail(`vagrant: ${line}`);
        const { folder } = boxPaths(tools.computer);
        await makeFolder(folder);
        for (const { name, version, provider } of boxes)
          await removeBox({ name, version, provider, folder, signal, log });
      },
    },
    {
      id: "remove-builds",
      title: "Remove its build",
      plan: () =>
        Promise.resolve(
          folders.length === 0 ? "there is none" : folders.map((one) => overall("folder", `remove ${one}`)),
        ),
      run: async () => {
        for (const folder of folders) await rm(folder, { recursive: true, force: true });
      },
    },
  ];
}
