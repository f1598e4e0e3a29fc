import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { npmPack } from "./npm.js";
import { NODE_VERSION, PLATFORMS } from "./platforms.js";
import { readTarball } from "./read-tarball.js";

/** Node's program for a platform, and Node's licence. */
export async function nodeFiles(platform, scratch) {
  const files = await readPackage(platform, scratch);
  // Windows' package has no licence. All platforms have the same, which is of Node's source.
  const licence = files.LICENSE ?? (await readPackage(PLATFORMS[0], scratch)).LICENSE;
  const program = platform.windows ? "node.exe" : "node";
  return [
    { name: `node/${program}`, content: files[`bin/${program}`], executable: true },
    { name: "node/LICENSE", content: licence },
  ];
}

/** The files of npm's package, which must have the sum that we know. */
async function readPackage(platform, scratch) {
  const what = `${platform.package}@${NODE_VERSION}`;
  const tarball = npmPack(what, scratch);
  const sum = `sha512-${createHash("sha512").update(readFileSync(tarball)).digest("base64")}`;
  if (sum !== platform.integrity)
    throw new Error(`${what} has the sum ${sum}, but scripts/pack/platforms.js says ${platform.integrity}`);
  return Object.fromEntries((await readTarball(tarball)).map(({ name, content }) => [name, content]));
}
