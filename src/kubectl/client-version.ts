import { AlpineK8sError } from "../base/errors.js";
import { runLocal } from "../base/process.js";

/** Milliseconds that a kubectl may take to name its version; a first start from a slow disk takes seconds. */
const LIMIT = 30_000;

export type ClientVersion = { readonly version: string } | { readonly unusable: string };

/**
 * The version that a kubectl reports (`v1.36.1`), or why it cannot be used: it is incomplete, for another platform, or
 * no kubectl at all. Contacts no cluster.
 */
export async function clientVersion(program: string, signal: AbortSignal): Promise<ClientVersion> {
  try {
    const { exitCode, stdout } = await runLocal({
      program,
      args: ["version", "--client", "-o", "json"],
      timeout: LIMIT,
      signal,
      missing: { message: `${program} cannot be started`, hints: [] },
    });
    const version = gitVersion(stdout);
    if (version !== undefined) return { version };
    return { unusable: exitCode === 0 ? "it does not name its version" : "it does not run on this computer" };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof AlpineK8sError) return { unusable: error.message };
    throw error;
  }
}

function gitVersion(output: string): string | undefined {
  try {
    const { clientVersion } = JSON.parse(output) as { clientVersion?: { gitVersion?: unknown } };
    const version = clientVersion?.gitVersion;
    return typeof version === "string" && /^v1\.\d{1,3}\.\d{1,5}([-+][0-9A-Za-z.+-]+)?$/.test(version)
      ? version
      : undefined;
  } catch {
    return undefined;
  }
}
