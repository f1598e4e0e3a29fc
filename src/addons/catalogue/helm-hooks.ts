import { fieldsOf, textOf } from "../../kube/fields.js";
import { describeObject, type KubeObject } from "../../kube/kube-object.js";
import { splitDocuments } from "../documents.js";
import { parseManifest } from "../manifest.js";

/** What became of objects that Helm would apply at moments of its own (Helm's documentation, "Chart Hooks"). */
export interface WithoutHooks {
  readonly text: string;
  /** Objects that are left out, each with the reason. */
  readonly leftOut: readonly string[];
  readonly warnings: readonly string[];
}

const TESTS = ["test", "test-success", "test-failure"];
/** Moments that `helm template` renders, and that never come here. */
const NEVER = [...TESTS, "pre-delete", "post-delete", "pre-rollback", "post-rollback"];

/**
 * A manifest without the objects that Helm applies only to test, to delete or to go back. Hooks of other moments stay, with a
 * warning: they are applied like all else. All other documents stay byte for byte.
 */
export function withoutHooks(text: string, source: string): WithoutHooks {
  const leftOut: string[] = [];
  const warnings: string[] = [];
  const kept = splitDocuments(text).filter((part) => {
    if (!part.includes("helm.sh/hook")) return true;
    const objects = parseManifest(part, source);
    const hooks = objects.map((object) => ({ name: describeObject(object), moments: momentsOf(object) }));
    const isNever = hooks.every(({ moments }) => moments.length > 0 && moments.every((one) => NEVER.includes(one)));
    for (const { name, moments } of hooks) {
      if (isNever)
        leftOut.push(`${name}: ${moments.every((one) => TESTS.includes(one)) ? "a test of Helm's" : words(moments)}`);
      else if (moments.length > 0) {
        warnings.push(`${name} is ${words(moments)}; here it is applied like all else, and not at that moment`);
      }
    }
    return !isNever;
  });
  return { text: kept.join(""), leftOut, warnings };
}

function momentsOf({ metadata }: KubeObject): readonly string[] {
  const hook = textOf(fieldsOf(fieldsOf(metadata)["annotations"])["helm.sh/hook"]) ?? "";
  return hook
    .split(",")
    .map((moment) => moment.trim())
    .filter((moment) => moment !== "");
}

function words(moments: readonly string[]): string {
  return `a hook of Helm's for ${moments.join(" and ")}`;
}
