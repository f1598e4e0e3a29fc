import { fieldsOf, groupsIn, textOf, type Fields } from "../../kube/fields.js";
import type { KubeObject } from "../../kube/kube-object.js";
import type { Privilege } from "../catalogue/entry.js";

/** The images that the pods of a manifest run, each once, sorted. */
export function imagesIn(objects: readonly KubeObject[]): readonly string[] {
  const images = objects.flatMap((object) => containersOf(podOf(object)).flatMap(({ image }) => textOf(image) ?? []));
  return [...new Set(images)].sort();
}

/** What lets the pods of a manifest reach beyond themselves, each once. */
export function privilegesIn(objects: readonly KubeObject[]): readonly Privilege[] {
  return [...new Set(objects.map(podOf).flatMap(privilegesOf))];
}

function privilegesOf(pod: Fields): Privilege[] {
  const contexts = containersOf(pod).map(({ securityContext }) => fieldsOf(securityContext));
  const isAdding = (context: Fields): boolean => {
    const { add } = fieldsOf(context["capabilities"]);
    return Array.isArray(add) && add.length > 0;
  };
  const shared = (["hostNetwork", "hostPID", "hostIPC"] as const).filter((key) => pod[key] === true);
  return [
    ...shared,
    ...(contexts.some(({ privileged }) => privileged === true) ? (["privileged"] as const) : []),
    ...(contexts.some(isAdding) ? (["capabilities"] as const) : []),
    ...(groupsIn(pod["volumes"]).some((volume) => "hostPath" in volume) ? (["hostPath"] as const) : []),
  ];
}

function containersOf(pod: Fields): readonly Fields[] {
  return ["initContainers", "containers"].flatMap((key) => groupsIn(pod[key]));
}

/** The specification of the pods that an object makes; empty when it makes none. */
function podOf({ kind, spec }: KubeObject): Fields {
  const fields = fieldsOf(spec);
  if (kind === "Pod") return fields;
  const owner = kind === "CronJob" ? fieldsOf(fieldsOf(fields["jobTemplate"])["spec"]) : fields;
  return fieldsOf(fieldsOf(owner["template"])["spec"]);
}
