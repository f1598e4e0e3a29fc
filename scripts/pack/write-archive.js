import { buffer } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { zipSync } from "fflate";
import { pack } from "tar-stream";

/** The bytes of a .tar.gz. The same files give the same bytes: sorted, with one time, one owner and two modes. */
export async function writeTarGz(files) {
  const tar = pack();
  for (const { name, content, executable } of sorted(files)) {
    const owner = { uid: 0, gid: 0, uname: "root", gname: "root" };
    tar.entry({ name, mode: executable ? 0o755 : 0o644, mtime: new Date("2000-01-01T00:00:00Z"), ...owner }, content);
  }
  tar.finalize();
  return gzipSync(await buffer(tar));
}

/** The bytes of a .zip, which depend on the files alone, too. Zip knows no time zones: the local time is what it stores. */
export function writeZip(files) {
  const options = { mtime: new Date(2000, 0, 1) };
  return zipSync(Object.fromEntries(sorted(files).map(({ name, content }) => [name, [content, options]])));
}

function sorted(files) {
  return files.toSorted((one, other) => (one.name < other.name ? -1 : 1));
}
