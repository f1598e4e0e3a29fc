import { join } from "node:path";
import { AlpineK8sError } from "../../base/errors.js";
import { readIfExists, refuseSpecial, SECRET_MODE, writeAtomically, writeNew } from "../../base/files.js";
import { livingAdminConfig } from "../../control-plane/living-master.js";
import type { ClusterContext } from "../../engine/context.js";
import { readCredentials } from "../../kubeconfig/admin-config.js";
import { isUserConfig, makeUserConfig, type UserConfig, type UserCredential } from "../../kubeconfig/user-config.js";

/** Where a user's kubeconfig is written. */
export interface ConfigFile {
  readonly path: string;
  /** What is there, which is a kubeconfig of this user; undefined: nothing. */
  readonly before: string | undefined;
}

/**
 * The file for a user's kubeconfig: the one that was asked for, else `NAME.config` in the cluster's folder. Throws
 * `usage` when something else is there. Writes nothing.
 */
export async function configFile(
  context: ClusterContext,
  user: string,
  asked: string | undefined,
): Promise<ConfigFile> {
  const { folder, paths, identity, secrets } = context;
  const path = asked ?? join(folder, `${user}.config`);
  const hints = [`another place: --file FILE`];
  if (path === paths.adminConfig) {
    throw new AlpineK8sError("usage", `${path} is the cluster's own kubeconfig`, { hints });
  }
  await refuseSpecial(path);
  const before = await readIfExists(path);
  if (before === undefined) return { path, before };
  if (isUserConfig(before, { cluster: identity.name, user, ca: secrets.caCertificate })) return { path, before };
  throw new AlpineK8sError("usage", `${path} exists, and is no kubeconfig of user ${user} alone; it stays as it is`, {
    hints: [...hints, "or move it away"],
  });
}

/** What a user's kubeconfig says of the cluster: it leads where admin.config leads. */
export type Leading = Pick<UserConfig, "cluster" | "server" | "serverName" | "ca">;

/** Where a kubeconfig leads now. Prepares no node and writes nothing. */
export async function leading(context: ClusterContext): Promise<Leading> {
  const { server, serverName, ca } = readCredentials(await livingAdminConfig(context));
  return { cluster: context.identity.name, server, serverName, ca };
}

/** Writes the kubeconfig, whole and with mode 0600. Throws `usage` when somebody has just made another file there. */
export async function putConfigFile(
  { path, before }: ConfigFile,
  to: Leading & { readonly user: string; readonly namespace: string | null },
  credential: UserCredential,
): Promise<void> {
  const text = makeUserConfig({ ...to, namespace: to.namespace ?? undefined, credential });
  if (before !== undefined) return writeAtomically(path, text, SECRET_MODE);
  if (await writeNew(path, text, SECRET_MODE)) return;
  throw new AlpineK8sError("usage", `${path} was made by somebody else just now; it stays as it is`, {
    hints: ["another place: --file FILE"],
  });
}
