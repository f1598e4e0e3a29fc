import { AlpineK8sError } from "../../base/errors.js";
import { exists, holds, readIfExists, SECRET_MODE } from "../../base/files.js";
import {
  beforeMerge,
  mergeIntoFile,
  planMergeIntoFile,
  undoInFile,
  type FileMerged,
  type FileUndone,
} from "../../kubeconfig/merge-file.js";
import { kubeconfigDocument } from "../../kubeconfig/merge-document.js";
import { kubeconfigFiles } from "../../kubeconfig/merge-paths.js";
import type { Kubectl } from "../../kubectl/ensure-kubectl.js";
import { clusterPaths } from "../../base/paths.js";
import type { ClusterContext } from "../../engine/context.js";
import { forwardApi } from "../../control-plane/api-forward.js";
import { livingAdminConfig } from "../../control-plane/living-master.js";
import { bringKubectl, clientPlatform, keptKubectl, type BringKubectl, type ClientPlatform } from "./choice.js";
import { putAdminConfig, staleMerge } from "./follow-master.js";
import { listNodes, type ListedNode } from "./nodes.js";
import { readIdentity } from "../../engine/read-cluster.js";
import { overall, type Plan } from "../../engine/item.js";
import { planningTools } from "../../nodes/planning-tools.js";
import { result, type OwnResult } from "../../engine/result.js";
import { planSteps, runSteps, type Step } from "../../engine/step.js";
import type { RunInput } from "../../engine/run-input.js";
import { withRun } from "../../engine/with-run.js";

interface FolderInput extends RunInput {
  readonly computer?: ClientPlatform;
}

export interface KubectlConfigInput extends FolderInput, Pick<BringKubectl, "mirror" | "onBytes" | "stall"> {
  /** The version of kubectl to bring; nothing means the cluster's. */
  readonly kubernetesVersion?: string | undefined;
  /** Put the cluster into the user's own kubeconfig as well. */
  readonly merge: boolean;
  readonly use: boolean;
  readonly force: boolean;
}

/** What `kubectl-config` did; the shape of its `-o json`, documented in docs/kubectl-config.md. */
export interface KubectlConfigSummary {
  /** Null when only kubectl was brought. */
  readonly cluster: string | null;
  readonly kubectl: Pick<Kubectl, "path" | "version" | "source" | "url" | "warnings">;
  readonly adminConfig: string | null;
  readonly merged: FileMerged | null;
  readonly nodes: readonly ListedNode[];
}

/**
 * Brings the kubectl that fits the cluster into its folder, writes admin.config, merges it into the user's own file
 * when asked, and lists the nodes with that kubectl. Without a cluster only kubectl is brought, of the version given.
 * On the nodes nothing is changed. Throws `unhealthy` when all is in place but the nodes cannot be listed.
 */
export async function kubectlConfig(input: KubectlConfigInput): Promise<KubectlConfigSummary> {
  return inClusterIfAny(input, false, async (cluster) => {
    const done = nothingDone();
    await runSteps(stepsFor(input, cluster, done), input);
    const kubectl = done.kubectl.value;
    if (!kubectl) throw new AlpineK8sError("bug", "no kubectl was brought");
    const { path, version, source, url, warnings } = kubectl;
    return {
      cluster: cluster?.identity.name ?? null,
      kubectl: { path, version, source, ...(url === undefined ? {} : { url }), warnings },
      adminConfig: cluster?.paths.adminConfig ?? null,
      merged: done.merged.value ?? null,
      nodes: done.nodes.value ?? [],
    };
  });
}

/** What {@link kubectlConfig} would do now. Downloads and writes nothing, and lists no nodes. */
export async function planKubectlConfig(input: KubectlConfigInput): Promise<Plan> {
  const planning = { ...input, tools: planningTools(input.tools, { bringsUp: false }) };
  return inClusterIfAny(planning, true, async (cluster) => {
    const steps = await planSteps(stepsFor(planning, cluster, nothingDone()), planning);
    return { command: "kubectl-config", cluster: cluster?.identity.name, steps };
  });
}

/** Runs `body` on the folder's cluster, or without one when only kubectl is asked for. */
async function inClusterIfAny<T>(
  input: KubectlConfigInput,
  isDryRun: boolean,
  body: (cluster: ClusterContext | undefined) => Promise<T>,
): Promise<T> {
  const { folder, merge, kubernetesVersion } = input;
  if (await exists(clusterPaths(folder).identity)) {
    const options = { command: "kubectl-config", lock: false, isDryRun };
    return withRun(input, options, ({ context }) => body(context));
  }
  if (merge || kubernetesVersion === undefined) throw nothingHere(folder);
  return body(undefined);
}

/** What the steps leave for those that come, and for the summary. */
interface Done {
  /** Text of the admin.config. */
  readonly adminConfig: OwnResult<string>;
  readonly kubectl: OwnResult<Kubectl>;
  readonly merged: OwnResult<FileMerged>;
  readonly nodes: OwnResult<readonly ListedNode[]>;
}

function nothingDone(): Done {
  return { adminConfig: result(), kubectl: result(), merged: result(), nodes: result() };
}

/** The order of `kubectl-config`. */
function stepsFor(input: KubectlConfigInput, cluster: ClusterContext | undefined, done: Done): Step<RunInput>[] {
  const onComputer = { ...input, computer: input.computer ?? clientPlatform() };
  const bring = bringStep(onComputer, cluster, done);
  if (!cluster) return [bring];
  const merge = input.merge ? [mergeStep(onComputer, done)] : [];
  return [bring, writeStep(cluster, done), ...merge, listStep(onComputer, cluster, done)];
}

function textOf({ adminConfig }: Done): string {
  return adminConfig.value ?? "";
}

type OnComputer = KubectlConfigInput & { readonly computer: ClientPlatform };

function bringStep(input: OnComputer, cluster: ClusterContext | undefined, done: Done): Step<RunInput> {
  const wanted = input.kubernetesVersion;
  const apiServer = cluster?.identity.kubernetesVersion;
  const version = wanted ?? apiServer ?? "";
  const asked = { ...input, wanted, apiServer, spec: cluster?.spec };
  return {
    id: "bring-kubectl",
    title: `Bring kubectl ${version}`,
    plan: async () => {
      const kept = await keptKubectl(asked);
      if (kept === undefined) return [overall("download", `download kubectl ${version} into the folder`)];
      done.kubectl.give(kept);
      return [];
    },
    run: async () => {
      if (done.kubectl.value === undefined) done.kubectl.give(await bringKubectl(asked));
    },
  };
}

function writeStep(cluster: ClusterContext, done: Done): Step<RunInput> {
  return {
    id: "write-admin-config",
    title: "Write admin.config",
    plan: async () => {
      const text = await livingAdminConfig(cluster);
      done.adminConfig.give(text);
      if (await holds(cluster.paths.adminConfig, text, SECRET_MODE)) return [];
      const merged = await staleMerge(cluster, text);
      const merge =
        merged === undefined ? [] : [overall("merge", `bring the cluster's entries in ${merged} up to date`)];
      return [overall("write", "write admin.config"), ...merge];
    },
    run: async (_, items) => {
      if (items.length > 0) await putAdminConfig(cluster, textOf(done));
    },
  };
}

function mergeStep({ computer, use, force, signal }: OnComputer, done: Done): Step<RunInput> {
  const files = kubeconfigFiles(computer);
  return {
    id: "merge-kubeconfig",
    title: "Merge it into your kubeconfig",
    plan: async () => {
      const merged = await planMergeIntoFile({ files, adminConfig: textOf(done), use, force, signal });
      done.merged.give(merged);
      return merged.changed ? [overall("merge", `put the cluster into ${files[0]}, with a backup`)] : [];
    },
    run: async (_, items) => {
      if (items.length === 0) return;
      done.merged.give(await mergeIntoFile({ files, adminConfig: textOf(done), use, force, signal }));
    },
  };
}

function listStep({ computer, signal }: OnComputer, cluster: ClusterContext, done: Done): Step<RunInput> {
  const { paths, identity } = cluster;
  return {
    id: "list-nodes",
    title: "List the nodes",
    run: async () => {
      const forward = await forwardApi(cluster, textOf(done));
      const ways = { flags: forward?.flags ?? [], provider: identity.provider, env: computer.env, signal };
      const asked = { program: done.kubectl.value?.path ?? "", adminConfig: paths.adminConfig, ...ways };
      done.nodes.give(await listNodes(asked).finally(() => forward?.close()));
    },
  };
}

/**
 * The text of an admin.config for the folder's cluster: the folder's while it is valid, else made anew. Writes nothing.
 */
export async function adminConfigText(input: RunInput): Promise<string> {
  return withRun(input, { command: "kubectl-config", lock: false }, ({ context }) => livingAdminConfig(context));
}

/** The same as a document, for `--print -o json`. */
export async function adminConfigDocument(input: RunInput): Promise<unknown> {
  return kubeconfigDocument(await adminConfigText(input));
}

/** Takes the folder's cluster out of the user's kubeconfig again; asks no node. See `undoInFile`. */
export async function undoKubectlConfig(
  input: Pick<FolderInput, "folder" | "signal" | "computer">,
): Promise<FileUndone> {
  return undoInFile({ ...(await mergedAs(input)), signal: input.signal });
}

/** What {@link undoKubectlConfig} would do now. Writes nothing; throws as that does. */
export async function planUndoKubectlConfig(input: FolderInput): Promise<Plan> {
  const merged = await mergedAs(input);
  await beforeMerge(merged);
  const items = [overall("undo", `take the cluster out of ${merged.files[0]}`)];
  const steps = [{ id: "leave-kubeconfig", title: "Take it out of your kubeconfig", items }];
  return { command: "kubectl-config --undo", cluster: (await readIdentity(input.folder))?.name, steps };
}

/** The user's kubeconfig files and this cluster's config, which says what of theirs is its own. */
async function mergedAs({ folder, computer = clientPlatform() }: Pick<FolderInput, "folder" | "computer">) {
  const { adminConfig: path } = clusterPaths(folder);
  const adminConfig = await readIfExists(path);
  if (adminConfig === undefined) {
    throw new AlpineK8sError("usage", `there is no ${path} that says which entries are this cluster's`, {
      hints: ["alpine-k8s kubectl-config", "or by hand: kubectl config delete-context NAME"],
    });
  }
  return { files: kubeconfigFiles(computer), adminConfig };
}

function nothingHere(folder: string): AlpineK8sError {
  return new AlpineK8sError("usage", `there is no cluster in ${folder}`, {
    hints: ["alpine-k8s up", "only kubectl: alpine-k8s kubectl-config --kubernetes-version vX.Y.Z"],
  });
}
