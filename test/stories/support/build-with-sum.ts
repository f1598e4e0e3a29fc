import { createHash } from "node:crypto";
import { cp, mkdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { delivered } from "../../../src/addons/catalogue/delivered.js";
import { releaseFor } from "../../../src/addons/catalogue/release.js";
import { HOME } from "./bench.js";
import { ROOT } from "./programs.js";

const CATALOGUE_FILE = "templates/addons/canal.yaml";

/** The release of Canal that the catalogue has for this Kubernetes, 1.MINOR. */
export function canalFor(minor: number): { readonly version: string; readonly url: string; readonly sha256: string } {
  const { version, sources } = releaseFor(delivered("canal"), `v1.${minor}.0`);
  const [source] = sources;
  if (source === undefined || "file" in source) throw new Error(`Canal ${version} has no manifest`);
  return { version, ...source };
}

/** Makes a build that differs from the shipped one only in this manifest's sum in the catalogue; returns its folder. */
export async function buildWithSum(shipped: string, manifest: string): Promise<string> {
  const folder = join(HOME, "build");
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  for (const name of ["bin", "dist", "schema", "templates", "Vagrantfile.hbs", "package.json"]) {
    await cp(join(ROOT, name), join(folder, name), { recursive: true });
  }
  await symlink(join(ROOT, "node_modules"), join(folder, "node_modules"));
  const file = join(folder, CATALOGUE_FILE);
  const sum = createHash("sha256").update(manifest).digest("hex");
  await writeFile(file, (await readFile(file, "utf8")).replace(shipped, sum));
  return folder;
}
