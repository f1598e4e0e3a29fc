import { groupsIn } from "../../kube/fields.js";
import type { KubeApi, KubeObject } from "../../kube/kube-api.js";
import { KubeError } from "../../kube/kube-error.js";
import type { ObjectRef } from "../../kube/kube-object.js";
import { limitConcurrency } from "../../kube/limit-concurrency.js";

/** Requests at the same time: more would each begin with a connection of their own, which takes longer than to wait. */
const AT_ONCE = 2;

/** So many objects of a kind in one place are asked for one by one; more with one list. */
const ONE_BY_ONE = 2;

/** What tells an object from the others of a look. */
export function keyOf({ apiVersion, kind, metadata: { namespace = "default", name } }: ObjectRef): string {
  return [apiVersion, kind, namespace, name].join(" ");
}

/**
 * Those of the objects that are there, by their key, with few requests: their paths are guessed, and only for an object
 * that is not at its path the API is asked what its kind is called. Throws the API's error.
 */
export async function seenObjects(
  kube: KubeApi,
  refs: readonly ObjectRef[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, KubeObject>> {
  const seen = new Map<string, KubeObject>();
  for (const ref of await servedDefinitions(kube, refs, signal)) seen.set(keyOf(ref), { ...ref });
  const unseen = (): readonly ObjectRef[] => refs.filter((ref) => !seen.has(keyOf(ref)));
  const ask = limitConcurrency(AT_ONCE, (work: () => Promise<void>) => work());
  const find = (path: string, ref: ObjectRef): Promise<void> =>
    ask(async () => {
      const object = await kube.find(path, signal);
      if (object !== undefined) seen.set(keyOf(ref), object);
    });
  const list = (folder: string, wanted: readonly ObjectRef[]): Promise<void> =>
    ask(async () => {
      const objects = new Map((await listed(kube, folder, signal)).map((one) => [one.metadata.name, one]));
      for (const ref of wanted) {
        const object = objects.get(ref.metadata.name);
        if (object !== undefined) seen.set(keyOf(ref), object);
      }
    });
  const folders = new Map<string, ObjectRef[]>();
  for (const ref of unseen()) {
    const folder = guessedFolder(ref);
    folders.set(folder, [...(folders.get(folder) ?? []), ref]);
  }
  await Promise.all(
    [...folders].flatMap(([folder, wanted]) =>
      wanted.length > ONE_BY_ONE ? [list(folder, wanted)] : wanted.map((ref) => find(pathIn(folder, ref), ref)),
    ),
  );
  await Promise.all(
    unseen().map(async (ref) => {
      const path = await kube.pathOf(ref, signal);
      if (path !== undefined && path !== pathIn(guessedFolder(ref), ref)) await find(path, ref);
    }),
  );
  return seen;
}

/** The objects of a collection; none where there is no such collection. */
async function listed(kube: KubeApi, folder: string, signal: AbortSignal): Promise<readonly KubeObject[]> {
  try {
    return await kube.list(folder, signal);
  } catch (error) {
    if (error instanceof KubeError && error.status === 404) return [];
    throw error;
  }
}

function pathIn(folder: string, { metadata }: ObjectRef): string {
  return `${folder}/${encodeURIComponent(metadata.name)}`;
}

/** Where an object should be: right for nearly all kinds of Kubernetes whose manifest says the namespace. */
function guessedFolder({ apiVersion, kind, metadata: { namespace } }: ObjectRef): string {
  const root = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const place = namespace === undefined ? "" : `/namespaces/${encodeURIComponent(namespace)}`;
  const plural = kind.toLowerCase().replace(/s$/, "se").replace(/y$/, "ie");
  return `${root}${place}/${plural}s`;
}

/**
 * The definitions of which the API serves what they define: it answers with a short list of kinds, where the definitions
 * of a network have a million bytes.
 */
async function servedDefinitions(
  kube: KubeApi,
  refs: readonly ObjectRef[],
  signal: AbortSignal,
): Promise<readonly ObjectRef[]> {
  const definitions = refs.filter(({ kind }) => kind === "CustomResourceDefinition");
  const groups = [...new Set(definitions.map(({ metadata }) => partsOf(metadata.name).group))];
  const kinds = new Map(
    await Promise.all(groups.map(async (group) => [group, await kindsIn(kube, group, signal)] as const)),
  );
  return definitions.filter(({ metadata: { name } }) => {
    const { plural, group } = partsOf(name);
    return kinds.get(group)?.includes(plural) === true;
  });
}

/** The name of a definition is the plural of its kind and the group, which the API demands. */
function partsOf(definition: string): { readonly plural: string; readonly group: string } {
  const [plural = "", ...group] = definition.split(".");
  return { plural, group: group.join(".") };
}

async function kindsIn(kube: KubeApi, group: string, signal: AbortSignal): Promise<readonly unknown[]> {
  try {
    const { resources } = await kube.get(await kube.groupPath(group, signal), signal);
    return groupsIn(resources).map(({ name }) => name);
  } catch (error) {
    if (error instanceof KubeError && error.status === 404) return [];
    throw error;
  }
}
