import { firstProvider } from "./find-program.js";
import { programsOf } from "./programs.js";
import { editSpec, type FolderProblem, type Subject } from "./subject.js";
import { AlpineK8sError, messageOf } from "../../base/errors.js";
import { clusterPaths } from "../../base/paths.js";
import type { ClusterSpec } from "../../model/spec/cluster-spec.js";
import { DEFAULT_VAGRANT_PROVIDER } from "../../model/spec/defaults.js";
import type { Identity } from "../../model/topology/topology.js";
import { machineIds } from "../../vagrant/machine-ids.js";
import { lockState } from "../../engine/lock.js";
import { checkSpec, planCluster, readIdentity } from "../../engine/read-cluster.js";
import type { Tools } from "../../engine/tools.js";

/** Reads the folder as far as it can be read; what is wrong there becomes a part of the subject. */
export async function doctorSubject(folder: string, { computer }: Tools): Promise<Subject> {
  const paths = clusterPaths(folder);
  const programs = programsOf(computer);
  const edit = editSpec({ computer });
  const identity = await attempt(() => readIdentity(folder), edit);
  // A damaged identity makes the spec unreadable as well: it is reported once.
  const spec: Attempt<ClusterSpec | undefined> =
    identity.problem === undefined
      ? await attempt(() => checkSpec(folder, {}), edit, edit)
      : { value: undefined, problem: undefined };
  return {
    ...{ computer, programs, paths },
    spec: spec.value,
    identity: identity.value,
    vagrantProvider:
      identity.value?.vagrantProvider ??
      spec.value?.vagrant.provider ??
      (spec.value?.provider === "hosts" ? undefined : await firstProvider(computer, programs)) ??
      DEFAULT_VAGRANT_PROVIDER,
    made: new Set((await machineIds(folder)).keys()),
    lock: await lockState(paths.lock),
    specProblem: spec.problem,
    identityProblem: identity.problem ?? (await wholeProblem(folder, identity.value, spec.problem, edit)),
  };
}

interface Attempt<T> {
  readonly value: T | undefined;
  readonly problem: FolderProblem | undefined;
}

async function attempt<T>(read: () => Promise<T>, otherwise: string, always?: string): Promise<Attempt<T>> {
  try {
    return { value: await read(), problem: undefined };
  } catch (error) {
    // A file that cannot be read is a finding, too: such errors have a code of the system.
    if (typeof (error as NodeJS.ErrnoException).code === "string") {
      return { value: undefined, problem: { message: messageOf(error), command: "ls -la . .alpine-k8s" } };
    }
    if (!(error instanceof AlpineK8sError) || error.kind === "bug") throw error;
    return { value: undefined, problem: { message: error.message, command: always ?? error.hints[0] ?? otherwise } };
  }
}

/** What keeps a pinned cluster from being planned, besides its spec: a lost CA, a damaged token. */
async function wholeProblem(
  folder: string,
  identity: Identity | undefined,
  specProblem: FolderProblem | undefined,
  edit: string,
): Promise<FolderProblem | undefined> {
  if (identity === undefined || specProblem !== undefined) return undefined;
  const discoverDefaults = (): Promise<Record<string, never>> => Promise.resolve({});
  return (await attempt(() => planCluster({ folder, overrides: {}, discoverDefaults }), edit)).problem;
}
