import { delimiter } from "node:path";
import { messageOf } from "../../base/errors.js";
import { readIfExists, SECRET_MODE, writeIfChanged } from "../../base/files.js";
import { clusterPaths } from "../../base/paths.js";
import type { InteractiveCommand } from "../../base/process-interactive.js";
import { forwardApi, type ApiForward } from "../../control-plane/api-forward.js";
import { kubectlToRun, clientPlatform, type BringKubectl, type ClientPlatform } from "./choice.js";
import { adminConfigText } from "./kubectl-config.js";
import { putAdminConfig } from "./follow-master.js";
import { apiEnvironment } from "./nodes.js";
import { readIdentity } from "../../engine/read-cluster.js";
import type { RunInput } from "../../engine/run-input.js";
import { noCluster } from "../../engine/with-run.js";

export interface PrepareKubectl extends RunInput, Pick<BringKubectl, "mirror" | "onBytes" | "stall"> {
  /** Arguments for kubectl. */
  readonly args: readonly string[];
  readonly computer?: ClientPlatform;
}

/**
 * The command that runs kubectl on the folder's cluster; a missing kubectl or admin.config is brought first. The config
 * is passed in the environment, so that kubectl's plugins work and the user's own --kubeconfig wins. Where this
 * computer does not reach the API, kubectl gets there through a master until `close` is called.
 */
export async function prepareKubectl(
  input: PrepareKubectl,
): Promise<InteractiveCommand & { readonly close: () => Promise<void> }> {
  const identity = await readIdentity(input.folder);
  if (!identity) throw noCluster(input.folder);
  const computer = input.computer ?? clientPlatform();
  const program = await kubectlToRun({ ...input, computer, apiServer: identity.kubernetesVersion });
  const { adminConfig } = clusterPaths(input.folder);
  let text = await readIfExists(adminConfig);
  if (text === undefined) {
    text = await adminConfigText(input);
    await writeIfChanged(adminConfig, text, SECRET_MODE);
  }
  const forward = await forwardApi({ ...input, adminConfig: text });
  if (forward !== undefined) {
    await followLivingMaster(input, text, forward).catch(async (error: unknown) => {
      await forward.close();
      throw error;
    });
  }
  // A path with the separator in it would be read as two in KUBECONFIG.
  const asFlag = adminConfig.includes(delimiter);
  return {
    program,
    args: [...(asFlag ? [`--kubeconfig=${adminConfig}`] : []), ...(forward?.flags ?? []), ...input.args],
    env: {
      ...(await apiEnvironment(adminConfig, identity.provider, computer.env)),
      ...(asFlag ? {} : { KUBECONFIG: adminConfig }),
    },
    hints: ["alpine-k8s kubectl-config"],
    close: async () => forward?.close(),
  };
}

/** An admin.config that leads to a lost master is written anew for the next time; this time the forward leads to another. */
async function followLivingMaster(input: PrepareKubectl, text: string, { isOther }: ApiForward): Promise<void> {
  // The master that it leads to serves, and this computer has no other way to it.
  if (!isOther) return;
  try {
    const living = await adminConfigText(input);
    if (living !== text) await putAdminConfig(input, living);
  } catch (error) {
    input.signal.throwIfAborted();
    input.progress.warn(`admin.config was not renewed: ${messageOf(error)}`);
  }
}
