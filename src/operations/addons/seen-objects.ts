import { groupsIn } from "../../kube/fields.js";
import type { KubeApi, KubeObject } from "../../kube/kube-api.js";
import { KubeError } from "../../kube/kube-error.js";
import type { ObjectRef } from "../../kube/kube-object.js";
import { limitConcurrency } from "../../kube/limit-concurrency.js";

/** Requests at the same time. */
const AT_ONCE = 6;

/** So many objects of a kind in one place are asked for one by one; more with one list. */
const ONE_BY_ONE = 2;

/** What tells an object from the others of a look. */
export function keyOf({ apiVersion, kind, metadata: { namespace = "default", name } }: ObjectRef): string {
  return [apiVersion, kind, namespace, name].join(" ");
}

/** Those of the objects that are there, by their key, with few requests. Throws the API's error. */
export async function seenObjects(
  kube: KubeApi,
  refs: readonly ObjectRef[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, KubeObject>> {
  const seen = new Map<string, KubeObject>();
  const ask = limitConcurrency(AT_ONCE, (work: () => Promise<void>) => work());
  const findEach = async ([path, ref]: readonly [string, ObjectRef]): Promise<void> => {
    const object = await kube.find(path, signal);
    if (object !== undefined) seen.set(keyOf(ref), object);
  };
  const listAll = async (folder: string, wanted: readonly (readonly [string, ObjectRef])[]): Promise<void> => {
    const objects = new Map((await kube.list(folder, signal)).map((one) => [one.metadata.name, one]));
    for (const [, ref] of wanted) {
      const object = objects.get(ref.metadata.name);
      if (object !== undefined) seen.set(keyOf(ref), object);
    }
  };
  const served = await servedDefinitions(kube, refs, signal);
  for (const ref of served) seen.set(keyOf(ref), { ...ref });
  const folders = await byFolder(
    kube,
    refs.filter((ref) => !served.includes(ref)),
    signal,
  );
  await Promise.all(
    [...folders].flatMap(([folder, wanted]) =>
      wanted.length > ONE_BY_ONE ? [ask(() => listAll(folder, wanted))] : wanted.map((one) => ask(() => findEach(one))),
    ),
  );
  return seen;
}

/** The objects with their paths, by the path of their collection; without those of a kind that the API does not have. */
async function byFolder(
  kube: KubeApi,
  refs: readonly ObjectRef[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, readonly (readonly [string, ObjectRef])[]>> {
  const paths = await Promise.all(refs.map((ref) => kube.pathOf(ref, signal)));
  const folders = new Map<string, (readonly [string, ObjectRef])[]>();
  for (const [index, ref] of refs.entries()) {
    const path = paths[index];
    if (path === undefined) continue;
    const folder = path.slice(0, path.lastIndexOf("/"));
    folders.set(folder, [...(folders.get(folder) ?? []), [path, ref]]);
  }
  return folders;
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
