import { chown, readlink, realpath, rm, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { AlpineK8sError, messageOf } from "../base/errors.js";
import { readIfExists, refuseSpecial, SECRET_MODE, writeAtomically } from "../base/files.js";
import { withKubeconfigLock, type LockOptions } from "./lock-file.js";
import { mergeKubeconfig, refuseForeignEntries, type Merged } from "./merge.js";
import { findEntry, isOwn, LIST_NAMES, ownEntries, parseKubeconfig, type OwnEntries } from "./merge-document.js";
import { undoMerge } from "./undo.js";

export interface MergeIntoFile extends LockOptions {
  /** The first is written, the others are only read; see `kubeconfigFiles`. */
  readonly files: readonly [string, ...string[]];
  readonly adminConfig: string;
  readonly use: boolean;
  readonly force: boolean;
}

export interface FileMerged extends Omit<Merged, "text"> {
  readonly file: string;
  /** Path of a copy of the file without this cluster; absent when nothing was changed. */
  readonly backup?: string;
}

/** Path of the backup from before a cluster's merge, beside the file. */
export function backupPath(file: string, cluster: string): string {
  return `${file}.alpine-k8s-${cluster}.backup`;
}

/**
 * Merges a cluster into the user's kubeconfig, alone with the file (also against kubectl), whole or not at all, mode
 * 0600, with a backup before. A link stays a link. Errors are those of `mergeKubeconfig` and `withKubeconfigLock`,
 * `usage` when the file is a device or a pipe, and `prerequisite` when a file cannot be read or written.
 */
export async function mergeIntoFile(input: MergeIntoFile): Promise<FileMerged> {
  const [file] = input.files;
  const { use, force } = input;
  const own = ownEntries(input.adminConfig);
  await refuseForeignFiles(input, own);
  return locked(file, input, async (real) => {
    const existing = await read(real);
    const { text, ...merged } = mergeKubeconfig(existing, own, { file, use, force });
    if (!merged.changed) return { ...merged, file };
    const backup = backupPath(file, merged.context);
    const wasThere = await writeBackup({ file, backup }, existing ?? "", own);
    await write(real, text).catch(async (error: unknown) => {
      // A backup says that the cluster was merged.
      if (!wasThere) await rm(backup, { force: true });
      throw error;
    });
    return { ...merged, file, backup };
  });
}

/** What {@link mergeIntoFile} would do now. Takes no lock and writes nothing; throws as that does. */
export async function planMergeIntoFile(input: MergeIntoFile): Promise<FileMerged> {
  const [file] = input.files;
  const { use, force } = input;
  const own = ownEntries(input.adminConfig);
  await refuseForeignFiles(input, own);
  const existing = await read(await plainPlaceOf(file));
  const merged = mergeKubeconfig(existing, own, { file, use, force });
  const { changed, context, currentContext, replaced } = merged;
  return { changed, context, currentContext, replaced, file };
}

async function refuseForeignFiles({ files: [, ...others], force }: MergeIntoFile, own: OwnEntries): Promise<void> {
  if (!force) for (const other of others) refuseForeignEntries((await read(other)) ?? "", own, other);
}

/**
 * The backup is the file as it would be now without this cluster: a second merge does not make it part of that. Says
 * whether there was one.
 */
async function writeBackup(
  { file, backup }: { readonly file: string; readonly backup: string },
  existing: string,
  own: OwnEntries,
): Promise<boolean> {
  const before = await read(backup);
  const text = before === undefined ? existing : undoMerge(existing, own, { file, before }).text;
  await write(backup, text ?? "");
  return before !== undefined;
}

export interface FileUndone {
  readonly file: string;
  /** False when the file no longer had anything of this cluster. */
  readonly changed: boolean;
  /** Whether the file was removed, because it did not exist before the merge. */
  readonly removed: boolean;
  readonly currentContext: string;
}

/** Whether this cluster was merged into the user's kubeconfig and not removed since. */
export async function wasMerged([file]: readonly [string, ...string[]], adminConfig: string): Promise<boolean> {
  return (await read(backupPath(file, ownEntries(adminConfig).name))) !== undefined;
}

/** The same, and the cluster's own entries are still there: users may also take them out with kubectl. */
export async function isMerged(files: readonly [string, ...string[]], adminConfig: string): Promise<boolean> {
  if (!(await wasMerged(files, adminConfig))) return false;
  const [file] = files;
  const own = ownEntries(adminConfig);
  const document = parseKubeconfig((await read(file)) ?? "", file);
  return LIST_NAMES.every((list) => {
    const entry = findEntry(document, list, own.entries[list].name);
    return entry !== undefined && isOwn(own, list, entry);
  });
}

/**
 * Removes a cluster from the user's kubeconfig, see `undoMerge`, and deletes the backup. Throws `usage` when the
 * cluster was not merged into this file.
 */
export async function undoInFile(
  input: Pick<MergeIntoFile, "files" | "adminConfig"> & LockOptions,
): Promise<FileUndone> {
  const [file] = input.files;
  const own = ownEntries(input.adminConfig);
  const backup = backupPath(file, own.name);
  return locked(file, input, async (real) => {
    const before = await beforeMerge(input);
    const text = (await read(real)) ?? "";
    const undone = undoMerge(text, own, { file, before });
    if (undone.text === undefined) await rm(real, { force: true });
    else if (undone.changed) await write(real, undone.text);
    await rm(backup, { force: true });
    const { changed, currentContext } = undone;
    return { file, changed, removed: undone.text === undefined, currentContext };
  });
}

/** The user's file as it was before the cluster was merged into it. Throws `usage` when it was not. */
export async function beforeMerge({
  files: [file],
  adminConfig,
}: Pick<MergeIntoFile, "files" | "adminConfig">): Promise<string> {
  const { name } = ownEntries(adminConfig);
  const before = await read(backupPath(file, name));
  if (before === undefined) throw nothingToUndo(file, name);
  return before;
}

/** Kubectl locks a link by its own name; two links to one file meet at the lock of that file. */
async function locked<T>(file: string, options: LockOptions, work: (real: string) => Promise<T>): Promise<T> {
  const real = await plainPlaceOf(file);
  const atReal = (): Promise<T> => (real === file ? work(real) : withKubeconfigLock(real, options, () => work(real)));
  return withKubeconfigLock(file, options, atReal);
}

/** `placeOf`, unless a device or a pipe is there: before anything is locked, read or kept, for it would be lost. */
async function plainPlaceOf(file: string): Promise<string> {
  const real = await placeOf(file);
  await refuseSpecial(real).catch((error: unknown) => {
    throw new AlpineK8sError("usage", `${messageOf(error)}; no cluster can be merged into it`, {
      hints: ["name a file: KUBECONFIG=FILE alpine-k8s kubectl-config --merge"],
    });
  });
  return real;
}

/** Where a file is, or would be: a link may lead to one that is not there yet. */
async function placeOf(file: string, links = 0): Promise<string> {
  const real = await realpath(file).catch(() => undefined);
  if (real !== undefined || links > 20) return real ?? file;
  const target = await readlink(file).catch(() => undefined);
  return target === undefined ? file : placeOf(resolve(dirname(file), target), links + 1);
}

async function read(file: string): Promise<string | undefined> {
  try {
    return await readIfExists(file);
  } catch (error) {
    throw cannot("read", file, error);
  }
}

/** Keeps the owner: with sudo the file must not become root's. */
async function write(file: string, text: string): Promise<void> {
  try {
    const before = await stat(file).catch(() => undefined);
    await writeAtomically(file, text, SECRET_MODE);
    if (before && process.getuid?.() === 0) await chown(file, before.uid, before.gid);
  } catch (error) {
    throw cannot("write", file, error);
  }
}

function cannot(verb: string, file: string, error: unknown): AlpineK8sError {
  return new AlpineK8sError("prerequisite", `cannot ${verb} ${file}: ${messageOf(error)}`, {
    hints: ["merge into another file: KUBECONFIG=FILE alpine-k8s kubectl-config --merge"],
    cause: error,
  });
}

function nothingToUndo(file: string, name: string): AlpineK8sError {
  return new AlpineK8sError("usage", `nothing to undo: ${file} has no backup from before cluster ${name}`, {
    hints: [
      "with KUBECONFIG as it was when the cluster was merged: alpine-k8s kubectl-config --undo",
      `or by hand: kubectl config delete-context ${name}`,
    ],
  });
}
