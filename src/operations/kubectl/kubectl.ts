import { delimiter } from "node:path";
import { messageOf } from "../../base/errors.js";
import { exists, readIfExists, SECRET_MODE, writeIfChanged } from "../../base/files.js";
import { clusterPaths } from "../../base/paths.js";
import type { InteractiveCommand } from "../../base/process-interactive.js";
import { forwardApi, type ApiForward } from "../../control-plane/api-forward.js";
import { livingAdminConfig } from "../../control-plane/living-master.js";
import type { ClusterContext } from "../../engine/context.js";
import type { ClusterSpec } from "../../model/spec/cluster-spec.js";
import type { Identity } from "../../model/topology/topology.js";
import { kubectlToRun, clientPlatform, type BringKubectl, type ClientPlatform } from "./choice.js";
import { putAdminConfig } from "./follow-master.js";
import { apiEnvironment } from "./nodes.js";
import { readIdentity } from "../../engine/read-cluster.js";
import type { RunInput } from "../../engine/run-input.js";
import { withRun } from "../../engine/with-run.js";

export interface PrepareKubectl extends RunInput, Pick<BringKubectl, "mirror" | "onBytes" | "stall"> {
  /** Arguments for kubectl. */
  readonly args: readonly string[];
  readonly computer?: ClientPlatform;
}

type Command = InteractiveCommand & { readonly close: () => Promise<void> };

/**
 * The command that runs kubectl on the folder's cluster; a missing kubectl or admin.config is brought first. The config
 * is passed in the environment, so that kubectl's plugins work and the user's own --kubeconfig wins. Where this
 * computer does not reach the API, kubectl gets there through a master until `close` is called.
 */
export async function prepareKubectl(input: PrepareKubectl): Promise<Command> {
  let isOpen = false;
  try {
    return await withRun(input, { command: "kubectl", lock: false }, ({ context }) => {
      isOpen = true;
      return prepareInRun(input, context);
    });
  } catch (error) {
    if (isOpen) throw error;
    return prepareWithoutSpec(input, error);
  }
}

async function prepareInRun(input: PrepareKubectl, context: ClusterContext): Promise<Command> {
  const { paths, identity, spec } = context;
  const program = await programFor(input, identity, spec);
  const text = (await readIfExists(paths.adminConfig)) ?? (await bringAdminConfig(context));
  const forward = await forwardApi(context, text);
  try {
    // Otherwise the master that it leads to serves, and this computer has no other way to it.
    if (forward?.isOther === true) await followLivingMaster(context, text);
    return await commandFor(input, identity, { program, adminConfig: paths.adminConfig, forward });
  } catch (error) {
    await forward?.close();
    throw error;
  }
}

/** kubectl needs no spec: with one that cannot be used, only no other way is tried. `error` says why it cannot. */
async function prepareWithoutSpec(input: PrepareKubectl, error: unknown): Promise<Command> {
  const identity = await readIdentity(input.folder);
  const { adminConfig } = clusterPaths(input.folder);
  if (identity === undefined || identity.provider === "hosts" || !(await exists(adminConfig))) throw error;
  const program = await programFor(input, identity, undefined);
  return commandFor(input, identity, { program, adminConfig, forward: undefined });
}

function programFor(
  input: PrepareKubectl,
  { kubernetesVersion: apiServer }: Identity,
  spec: ClusterSpec | undefined,
): Promise<string> {
  return kubectlToRun({ ...input, computer: input.computer ?? clientPlatform(), apiServer, spec });
}

interface Found {
  readonly program: string;
  /** Path of admin.config. */
  readonly adminConfig: string;
  readonly forward: ApiForward | undefined;
}

async function commandFor(
  { args, computer = clientPlatform() }: PrepareKubectl,
  { provider }: Identity,
  { program, adminConfig, forward }: Found,
): Promise<Command> {
  // A path with the separator in it would be read as two in KUBECONFIG.
  const asFlag = adminConfig.includes(delimiter);
  return {
    program,
    args: [...(asFlag ? [`--kubeconfig=${adminConfig}`] : []), ...(forward?.flags ?? []), ...args],
    env: {
      ...(await apiEnvironment(adminConfig, provider, computer.env)),
      ...(asFlag ? {} : { KUBECONFIG: adminConfig }),
    },
    hints: ["alpine-k8s kubectl-config"],
    close: async () => forward?.close(),
  };
}

async function bringAdminConfig(context: ClusterContext): Promise<string> {
  const text = await livingAdminConfig(context);
  await writeIfChanged(context.paths.adminConfig, text, SECRET_MODE);
  return text;
}

/** An admin.config that leads to a lost master is written anew for the next time; this time the forward leads to another. */
async function followLivingMaster(context: ClusterContext, text: string): Promise<void> {
  try {
    const living = await livingAdminConfig(context);
    if (living !== text) await putAdminConfig(context, living);
  } catch (error) {
    context.signal.throwIfAborted();
    context.progress.warn(`admin.config was not renewed: ${messageOf(error)}`);
  }
}
