import { createHash } from "node:crypto";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";

/** Every file of a folder with its mode, time and a hash of its content, to check that nothing changed. */
export async function treeOf(folder: string, leaveOut = /^\.vagrant/): Promise<Record<string, string>> {
  const tree: Record<string, string> = {};
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const name = path.slice(folder.length + 1);
    if (leaveOut.test(name)) continue;
    const { mode, mtimeMs } = await stat(path);
    const hash = createHash("sha256")
      .update(await readFile(path))
      .digest("hex")
      .slice(0, 16);
    tree[name] = `${(mode & 0o777).toString(8)} ${mtimeMs} ${hash}`;
  }
  return tree;
}
