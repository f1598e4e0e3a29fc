import { createHash } from "node:crypto";
import { AlpineK8sError } from "../base/errors.js";
import { withoutPassword } from "../base/hide-logins.js";
import { getFile } from "../http/get-file.js";
import type { HttpOptions } from "../http/http-get.js";
import type { Environment } from "../http/proxy.js";

export interface Download {
  readonly url: string;
  /** Lower-case hex of the whole body. */
  readonly sha256: string;
  readonly signal: AbortSignal;
  /** What to do when it cannot be had. */
  readonly ways: readonly string[];
  /** The environment with `http_proxy` and the like. */
  readonly env: Environment;
  /** PEM of the CAs of `spec.proxy.ca`, trusted besides the usual ones. */
  readonly ca?: string | undefined;
  /** Milliseconds without a single byte after which a download counts as stalled; default 20 000. */
  readonly stall?: number;
  /** Bytes; default 16 MiB. */
  readonly limit?: number;
}

/**
 * Downloads a file, through the environment's proxy if there is one, and checks its sum. Stores nothing. Throws
 * `prerequisite` when the server cannot be reached or stalls, `node` for a refusal by the server, a body past the limit
 * or a wrong sum (with both sums).
 */
export async function download(wanted: Download): Promise<Buffer> {
  const { url, signal, env, ca, ways, stall = 20_000, limit = 16 << 20 } = wanted;
  const options: HttpOptions = { signal, env, ca, stall, hints: { unreachable: ways, refused: ways } };
  let chunks: Buffer[] = [];
  await getFile(url, options, { limit, begin: () => void (chunks = []), take: (chunk) => void chunks.push(chunk) });
  const bytes = Buffer.concat(chunks);
  checkSum(bytes, wanted);
  return bytes;
}

function checkSum(body: Buffer, { url, sha256, ways }: Download): void {
  const sum = createHash("sha256").update(body).digest("hex");
  if (sum === sha256) return;
  const why = `its SHA-256 is ${sum}, expected ${sha256}; nothing was stored`;
  throw new AlpineK8sError("node", `cannot use ${withoutPassword(url)}: ${why}`, { hints: ways });
}
