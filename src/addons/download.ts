import { createHash } from "node:crypto";
import { AlpineK8sError, messageOf } from "../errors.js";

/** Gets a URL: resolves with the body when the server says 200, throws AlpineK8sError or whatever else failed. */
export type HttpGet = (
  url: string,
  options: { readonly signal: AbortSignal; readonly stall: number },
) => Promise<AsyncIterable<unknown>>;

export interface Download {
  readonly url: string;
  /** Lower-case hex of the whole body. */
  readonly sha256: string;
  readonly signal: AbortSignal;
  /** Name of the add-on, for hints. */
  readonly addon: string;
  /** Milliseconds without a single byte after which a download counts as stalled; default 20 000. */
  readonly stall?: number;
  /** Bytes; default 16 MiB. */
  readonly limit?: number;
  /** How to get it; default directly, without a proxy. */
  readonly get?: HttpGet;
}

/**
 * Downloads a text and checks its sum. Nothing is stored here. Throws `prerequisite` when the place cannot be reached
 * or stalls, `node` for a refusal by the server, a body past the limit or a wrong sum (with both sums).
 */
export async function download(wanted: Download): Promise<string> {
  const { url, signal, stall = 20_000, limit = 16 << 20 } = wanted;
  const watch = stallWatch(stall);
  try {
    const get = wanted.get ?? directGet;
    const body = await get(url, { signal: AbortSignal.any([signal, watch.signal]), stall });
    const bytes = await collect(body, limit, wanted, watch.saw);
    checkSum(bytes, wanted);
    return bytes.toString("utf8");
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof AlpineK8sError) throw withOurHints(error, wanted);
    const why = watch.signal.aborted ? messageOf(watch.signal.reason) : causeOf(error);
    throw new AlpineK8sError("prerequisite", `cannot download ${url}: ${why}`, {
      hints: ["check the network of this computer and its proxy", ...otherWays(wanted)],
      cause: error,
    });
  } finally {
    watch.stop();
  }
}

const directGet: HttpGet = async (url, { signal }) => {
  // Up to 20 redirects, wherever they lead: the sum decides.
  const response = await fetch(url, { signal, redirect: "follow" });
  if (response.ok && response.body) return response.body;
  const { status } = response;
  const laterMaybe = status >= 500 || status === 429;
  throw new AlpineK8sError(
    laterMaybe ? "prerequisite" : "node",
    `cannot download ${url}: the server answered ${status}`,
  );
};

function stallWatch(stall: number): { signal: AbortSignal; saw: () => void; stop: () => void } {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(new Error(`nothing came for ${stall / 1000} s`)), stall);
  return { signal: controller.signal, saw: () => void timer.refresh(), stop: () => clearTimeout(timer) };
}

async function collect(
  body: AsyncIterable<unknown>,
  limit: number,
  wanted: Download,
  saw: () => void,
): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    saw();
    size += chunk.length;
    if (size > limit) throw refused(wanted, `it is larger than ${limit} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function checkSum(body: Buffer, wanted: Download): void {
  const sum = createHash("sha256").update(body).digest("hex");
  if (sum !== wanted.sha256) {
    throw refused(wanted, `its SHA-256 is ${sum}, expected ${wanted.sha256}; nothing was stored`);
  }
}

function refused(wanted: Download, why: string): AlpineK8sError {
  return new AlpineK8sError("node", `cannot use ${wanted.url}: ${why}`, { hints: otherWays(wanted) });
}

// What gets a URL does not know that a manifest can also be brought in another way.
function withOurHints(error: AlpineK8sError, wanted: Download): AlpineK8sError {
  return new AlpineK8sError(error.kind, error.message, { hints: otherWays(wanted), cause: error });
}

function otherWays({ addon }: Download): readonly string[] {
  return [
    `bring the manifest as a file: spec.addons: [{name: ${addon}, manifest: FILE}]`,
    "or bring a pod network yourself: spec.network: none",
  ];
}

function causeOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return messageOf(cause);
}
