import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describeObject, type KubeObject } from "../../kube/kube-object.js";
import { checked, type Finding } from "./finding.js";
import { schemaMismatch } from "./schema-mismatch.js";

/**
 * Checks objects against the schemas of a Kubernetes minor, in a folder laid out as kubernetes-json-schema:
 * `v1.36.1-standalone-strict/deployment-apps-v1.json`. What there is no schema for counts as skipped; one skipped check
 * stands for all objects of a minor when there is no folder or no schemas of it.
 */
export function checkSchemas(
  objects: readonly KubeObject[],
  { minor, schemas, what }: { readonly minor: number; readonly schemas: string | undefined; readonly what: string },
): readonly Finding[] {
  const folder = schemas === undefined ? undefined : folderOf(schemas, minor);
  if (folder === undefined) {
    return [{ result: "skipped", text: `${what}: no schemas of Kubernetes 1.${minor} are given` }];
  }
  return objects.flatMap((object) => {
    const file = join(folder, fileOf(object));
    const name = `${what}: ${describeObject(object)}`;
    if (!existsSync(file)) return [{ result: "skipped", text: `${name}: there is no schema ${fileOf(object)}` }];
    const wrong = schemaMismatch(JSON.parse(readFileSync(file, "utf8")) as unknown, object);
    return checked(wrong === undefined ? [] : [`${name} is not as Kubernetes 1.${minor} has it: ${wrong}`]);
  });
}

/** The strict schemas before the others. */
function folderOf(schemas: string, minor: number): string | undefined {
  const names = readdirSync(schemas).filter((name) => new RegExp(`^v1\\.${minor}\\.\\d+-standalone`).test(name));
  const name = names.find((one) => one.endsWith("-strict")) ?? names[0];
  return name === undefined ? undefined : join(schemas, name);
}

function fileOf({ apiVersion, kind }: KubeObject): string {
  const [version = "", group = ""] = apiVersion.split("/").reverse();
  return [kind, group.split(".")[0], version]
    .filter((part) => part !== "")
    .join("-")
    .toLowerCase()
    .concat(".json");
}
