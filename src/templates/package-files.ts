import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Where template texts come from; tests bring their own. */
export interface TemplateSource {
  /** Version of alpine-k8s, written into every stamp. */
  readonly version: string;
  /** Text of a file of the package, by its path from the package's root. */
  read(path: string): string;
}

/** The files of this package, found beside `src` or `dist`. */
export function packageTemplates(): TemplateSource {
  // Both src/templates and dist/templates are two folders below the package's root.
  const root = new URL("../../", import.meta.url);
  const read = (path: string): string => readFileSync(fileURLToPath(new URL(path, root)), "utf8");
  const { version } = JSON.parse(read("package.json")) as { version: string };
  return { version, read };
}
