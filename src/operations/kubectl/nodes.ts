import { AlpineK8sError } from "../../base/errors.js";
import { readIfExists } from "../../base/files.js";
import { readCredentials } from "../../kubeconfig/admin-config.js";
import { runLocal } from "../../base/process.js";

/** A line of `kubectl get nodes`. */
export interface ListedNode {
  readonly name: string;
  readonly status: string;
  readonly roles: string;
  readonly age: string;
  readonly version: string;
}

export interface ListNodes {
  /** Path of kubectl. */
  readonly program: string;
  /** Path of admin.config. */
  readonly adminConfig: string;
  /** Further flags that tell kubectl how to reach the API. */
  readonly flags: readonly string[];
  readonly provider: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
}

/** The nodes as kubectl lists them. Throws `unhealthy` with kubectl's own words when it cannot. */
export async function listNodes({
  program,
  adminConfig,
  flags,
  provider,
  env,
  signal,
}: ListNodes): Promise<readonly ListedNode[]> {
  const { exitCode, stdout, stderr } = await runLocal({
    program,
    args: [`--kubeconfig=${adminConfig}`, ...flags, "get", "nodes", "--no-headers", "--request-timeout=20s"],
    env: await apiEnvironment(adminConfig, provider, env),
    timeout: 60_000,
    signal,
    missing: { message: `${program} is gone`, hints: ["alpine-k8s kubectl-config"] },
  });
  if (exitCode === 0)
    return stdout
      .split("\n")
      .filter((line) => line.trim() !== "")
      .map(parseLine);
  const words = stderr.trim().split("\n").at(-1) ?? "";
  throw new AlpineK8sError(
    "unhealthy",
    `kubectl and admin.config are in place, but kubectl get nodes failed: ${words}`,
    {
      hints: ["alpine-k8s status", "alpine-k8s up"],
    },
  );
}

function parseLine(line: string): ListedNode {
  const [name = "", status = "", roles = "", age = "", version = ""] = line.trim().split(/\s+/);
  return { name, status, roles, age, version };
}

/**
 * What kubectl's environment needs besides ours: machines made by Vagrant are on this computer, where no proxy can
 * reach them. Hosts may well be behind one, so there the user's settings stay.
 */
export async function apiEnvironment(
  adminConfig: string,
  provider: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Record<string, string>> {
  const text = provider === "vagrant" ? await readIfExists(adminConfig) : undefined;
  if (text === undefined) return {};
  const host = new URL(readCredentials(text).server).hostname.replace(/^\[|\]$/g, "");
  const noProxy = [env["NO_PROXY"] ?? env["no_proxy"] ?? "", host].filter((entry) => entry !== "").join(",");
  return { NO_PROXY: noProxy, no_proxy: noProxy };
}
