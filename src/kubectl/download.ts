import { randomBytes } from "node:crypto";
import { readdir, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { AlpineK8sError, messageOf } from "../base/errors.js";
import { refuseSpecial } from "../base/files.js";
import { downloadFile } from "../http/download-file.js";
import type { HttpHints, HttpOptions } from "../http/http-get.js";
import { sumAt } from "../http/sum-at.js";
import { withoutPassword } from "../base/hide-logins.js";

export interface VerifiedDownload extends Omit<HttpOptions, "hints"> {
  readonly url: string;
  /** Destination; an existing file stays until the sum of the new one has been verified. */
  readonly path: string;
  /** Bytes after which the program is refused; default 200 MiB. */
  readonly limit?: number;
  /** Bytes so far and in all; all is nothing when the server does not say. */
  readonly onBytes?: (done: number, all: number | undefined) => void;
  /** Checks the file, which is verified and has mode 0755, before it is moved to `path`; throws to refuse it. */
  readonly inspect?: (path: string) => Promise<void>;
  /** Told the sum before the file is put in place. */
  readonly onVerified?: (sum: string) => Promise<void>;
}

/** Bytes of a program; kubectl has about 60 million. */
const LARGEST = 200 * 1024 * 1024;

/** Milliseconds after which the leftover of a killed download is swept away. */
const LEFTOVER = 3600_000;
const HINTS: HttpHints = {
  unreachable: ["or name a mirror: alpine-k8s kubectl-config --mirror URL"],
  refused: [
    "check the version (--kubernetes-version) and the mirror (--mirror); below it the paths are those of https://dl.k8s.io",
  ],
};

/**
 * Downloads a program to a temporary file beside `path`, compares it with the published sum (`URL.sha256`), and renames
 * it to `path` with mode 0755. A partial, wrong or interrupted download leaves nothing behind and replaces nothing.
 * Throws `Unreachable` when the network fails, `node` for a wrong sum (naming both) or a refusal, `prerequisite` when
 * the file cannot be written.
 */
export async function downloadVerified(download: VerifiedDownload): Promise<void> {
  const { path } = download;
  await refuseSpecial(path).catch((error: unknown) => {
    throw cannotWrite(path, error);
  });
  const published = await publishedSum(download);
  await sweepLeftovers(path);
  const temporary = temporaryPath(path);
  try {
    const sum = await downloadFile({
      ...download,
      ...{ path: temporary, mode: 0o755, algorithm: "sha256", limit: download.limit ?? LARGEST, hints: HINTS },
      cannotWrite: (error) => cannotWrite(path, error),
    });
    if (sum !== published) throw wrongSum(download.url, sum, published);
    await download.inspect?.(temporary);
    await rename(temporary, path).catch((error: unknown) => {
      throw cannotWrite(path, error);
    });
    await download.onVerified?.(sum);
  } finally {
    await rm(temporary, { force: true });
  }
}

async function publishedSum(download: VerifiedDownload): Promise<string> {
  const url = `${download.url}.sha256`;
  const sum = await sumAt(url, "sha256", { ...download, hints: HINTS });
  if (sum !== undefined) return sum;
  throw new AlpineK8sError("node", `cannot use ${withoutPassword(url)}: it holds no SHA-256`, {
    hints: ["check the mirror: a log-in page of a network or proxy may be answering in its place"],
  });
}

/** Keeps the extension, because Windows runs only files named .exe. */
function temporaryPath(path: string): string {
  const [, name = "", extension = ""] = /^(.*?)(\.exe)?$/.exec(basename(path)) ?? [];
  return join(dirname(path), `${name}.${randomBytes(6).toString("hex")}.tmp${extension}`);
}

async function sweepLeftovers(path: string): Promise<void> {
  const folder = dirname(path);
  const leftover = /^kubectl\.[0-9a-f]{12}\.tmp(\.exe)?$/;
  for (const name of await readdir(folder)) {
    if (!leftover.test(name)) continue;
    const file = join(folder, name);
    const { mtimeMs } = await stat(file).catch(() => ({ mtimeMs: Number.NaN }));
    if (Date.now() - mtimeMs > LEFTOVER) await rm(file, { force: true });
  }
}

function wrongSum(url: string, sum: string, published: string): AlpineK8sError {
  return new AlpineK8sError(
    "node",
    `cannot use ${withoutPassword(url)}: its SHA-256 is ${sum}, published is ${published}; nothing was stored`,
    { hints: ["run it again; if the sums still differ, the mirror or a proxy changes the file"] },
  );
}

function cannotWrite(path: string, error: unknown): AlpineK8sError {
  const hints = [
    `check that ${dirname(path)} can be written and has room, and that no kubectl of this folder is running`,
  ];
  return new AlpineK8sError("prerequisite", `cannot write ${path}: ${messageOf(error)}`, { hints, cause: error });
}
