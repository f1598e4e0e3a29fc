import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { AlpineK8sError, messageOf } from "../base/errors.js";

/** A script of the recipe. */
interface RecipeScript {
  /** `20-packages.sh`. */
  readonly name: string;
  readonly text: string;
}

/** The scripts that make a box of Alpine's image, in their order, and one sum of all of them. */
export interface Recipe {
  readonly scripts: readonly RecipeScript[];
  /** 16 hexadecimal digits. */
  readonly sum: string;
}

/** Reads the scripts of a folder, `*.sh`, by their names. Throws `usage` when there is none. */
export async function readRecipe(folder: string): Promise<Recipe> {
  const names = await readdir(folder).catch((error: unknown) => {
    throw unusable(folder, messageOf(error));
  });
  const wanted = names.filter((name) => name.endsWith(".sh")).sort();
  if (wanted.length === 0) throw unusable(folder, "there is no script (*.sh) in it");
  const scripts = await Promise.all(
    wanted.map(async (name) => ({ name, text: await readFile(join(folder, name), "utf8") })),
  );
  const hash = createHash("sha256");
  for (const { name, text } of scripts) hash.update(`${name}\n${text.length}\n${text}`);
  return { scripts, sum: hash.digest("hex").slice(0, 16) };
}

function unusable(folder: string, why: string): AlpineK8sError {
  return new AlpineK8sError("usage", `the recipe ${folder} cannot be used: ${why}`, {
    hints: ["give a folder with scripts like those of boxes/recipe: --recipe FOLDER"],
  });
}
