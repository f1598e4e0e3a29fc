import { readdir, rm, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { makeFolder, readIfExists, SECRET_FOLDER_MODE, SECRET_MODE } from "./files.js";
import { holderOf, isGone, parseHolder, type LockHolder } from "./lock-holder.js";

/**
 * Notes a program that this process has started, so that others find it when this process is killed and the program
 * goes on. Resolves with what takes the note away again. A note that cannot be written is left out: the program runs.
 */
export async function noteChild(folder: string, pid: number, command: string): Promise<() => Promise<void>> {
  const path = join(folder, String(pid));
  try {
    const note = `${JSON.stringify(await holderOf(pid, command))}\n`;
    await makeFolder(folder, SECRET_FOLDER_MODE);
    await writeFile(path, note, { mode: SECRET_MODE });
  } catch {
    return () => Promise.resolve();
  }
  return async () => {
    await rm(path, { force: true }).catch(() => undefined);
    await rmdir(folder).catch(() => undefined);
  };
}

/** The noted programs that may still run, see {@link isGone}; changes nothing. */
export async function livingChildren(folder: string): Promise<readonly LockHolder[]> {
  const notes = await notesIn(folder);
  const living = await Promise.all(notes.map(async ({ note }) => note !== undefined && !(await isGone(note))));
  return notes.flatMap(({ note }, index) => (note !== undefined && living[index] === true ? [note] : []));
}

/** Takes away the notes of programs that have ended, when all have. */
export async function forgetChildren(folder: string): Promise<void> {
  for (const { path } of await notesIn(folder)) await rm(path, { force: true });
  await rmdir(folder).catch(() => undefined);
}

async function notesIn(
  folder: string,
): Promise<readonly { readonly path: string; readonly note: LockHolder | undefined }[]> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => /^\d+$/.test(name));
  return Promise.all(
    names.map(async (name) => {
      const path = join(folder, name);
      const text = await readIfExists(path).catch(() => undefined);
      return { path, note: text === undefined ? undefined : parseHolder(text) };
    }),
  );
}
