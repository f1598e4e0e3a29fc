import { copyFileSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { licenceList } from "./licence-list.js";
import { npm, npmPack } from "./npm.js";
import { readTarball } from "./read-tarball.js";

/** What no program needs of a package: its tests, with their keys, its examples, and files for editors and servers. */
const NOT_NEEDED = /(^|\/)\.|(^|\/)node_modules\/(@[^/]+\/)?[^/]+\/(tests?|examples?)\//;

/** What all platforms have: the files that `npm pack` takes, and the packages that package-lock.json names for production. */
export async function programFiles(root, scratch) {
  const own = await readTarball(npmPack(root, scratch));
  const packages = installedFiles(root, join(scratch, "packages")).filter(({ name }) => !NOT_NEEDED.test(name));
  return [...own, ...packages, { name: "LICENSES.txt", content: Buffer.from(licenceList(packages)) }];
}

/**
 * Packages as npm installs them, whose sums it checks, and not those of the checkout, where programs for this platform have
 * been built. Optional packages are left out: ssh2's are such programs, handlebars' only makes templates smaller.
 */
function installedFiles(root, folder) {
  mkdirSync(folder);
  for (const name of ["package.json", "package-lock.json"]) copyFileSync(join(root, name), join(folder, name));
  npm(["ci", "--omit=dev", "--omit=optional", "--no-bin-links"], folder);
  return readdirSync(join(folder, "node_modules"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .map((path) => ({ name: relative(folder, path).replaceAll(sep, "/"), content: readFileSync(path) }));
}
