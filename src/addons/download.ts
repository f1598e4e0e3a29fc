import { createHash } from "node:crypto";
import { AlpineK8sError, messageOf } from "../errors.js";

export interface Download {
  readonly url: string;
  /** Lower-case hex of the whole body. */
  readonly sha256: string;
  readonly signal: AbortSignal;
  /** Milliseconds without a single byte after which a download counts as stalled; default 20 000. */
  readonly stall?: number;
  /** Bytes; default 16 MiB. */
  readonly limit?: number;
}

/**
 * Downloads a text and checks its sum. Nothing is stored here. Throws `prerequisite` when the place cannot be reached
 * or stalls, `node` for a refusal by the server or a wrong sum (with both sums).
 */
export async function download({ url, sha256, signal, stall = 20_000, limit = 16 << 20 }: Download): Promise<string> {
  const stalled = new AbortController();
  const timer = setTimeout(() => stalled.abort(new Error(`no data for ${stall / 1000} s`)), stall);
  try {
    const response = await fetch(url, { signal: AbortSignal.any([signal, stalled.signal]), redirect: "follow" });
    if (!response.ok) throw refused(url, `the server answered ${response.status} ${response.statusText}`);
    const body = await readBody(response, limit, url, () => timer.refresh());
    checkSum(url, body, sha256);
    return body.toString("utf8");
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof AlpineK8sError) throw error;
    const why = stalled.signal.aborted ? messageOf(stalled.signal.reason) : causeOf(error);
    throw new AlpineK8sError("prerequisite", `cannot download ${url}: ${why}`, { hints: HINTS, cause: error });
  } finally {
    clearTimeout(timer);
  }
}

const HINTS = [
  "check the network of this computer and its proxy",
  "or bring the manifest as a file: spec.addons: [{name: canal, manifest: FILE}]",
  "or bring a network of your own: spec.network: none",
];

async function readBody(response: Response, limit: number, url: string, onData: () => void): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    onData();
    const bytes = chunk as Uint8Array;
    size += bytes.length;
    if (size > limit) throw refused(url, `it is larger than ${limit} bytes`);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

function checkSum(url: string, body: Buffer, sha256: string): void {
  const sum = createHash("sha256").update(body).digest("hex");
  if (sum !== sha256) throw refused(url, `its SHA-256 is ${sum}, expected ${sha256}; nothing was stored`);
}

function refused(url: string, why: string): AlpineK8sError {
  return new AlpineK8sError("node", `cannot use ${url}: ${why}`, { hints: HINTS.slice(1) });
}

function causeOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return messageOf(cause);
}
