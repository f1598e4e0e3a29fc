import { readFileSync } from "node:fs";
import { buffer } from "node:stream/consumers";
import { gunzipSync } from "node:zlib";
import { extract } from "tar-stream";

/** The files of an npm tarball, named without its one folder. */
export async function readTarball(path) {
  const tar = extract();
  tar.end(gunzipSync(readFileSync(path)));
  const files = [];
  for await (const entry of tar) {
    const content = await buffer(entry);
    if (entry.header.type === "file") files.push({ name: entry.header.name.replace(/^[^/]*\//, ""), content });
  }
  return files;
}
