import type { ClusterSpec, KubeadmKind } from "../cluster-spec.js";
import { phaseProblems } from "./check-phases.js";
import { OWNED_ARGUMENTS, type ArgumentPlace } from "./owned-arguments.js";
import { OWNED_FIELDS, type Owned } from "./owned-fields.js";
import type { Path, Problem } from "../problems.js";
import { isGroup } from "../schema.js";

type Document = Readonly<Record<string, unknown>>;

/** Fields that the user's additions to kubeadm's documents set and may not. */
export function kubeadmProblems(spec: ClusterSpec): readonly Problem[] {
  return Object.entries(spec.kubernetes.kubeadm).flatMap(([kind, document]) =>
    ownedIn(kind as KubeadmKind, document, spec).map(({ path, why }) => ({
      path: ["spec", "kubernetes", "kubeadm", kind, ...path],
      what: `cannot be set here: ${why}`,
      atKey: true,
    })),
  );
}

function ownedIn(kind: KubeadmKind, document: Document, spec: ClusterSpec): readonly Owned[] {
  if (Object.keys(document).length === 0) return [];
  const header = ["apiVersion", "kind"]
    .filter((key) => Object.hasOwn(document, key))
    .map((key) => ({ path: [key], why: "it follows from the Kubernetes version; give only the fields below it" }));
  const fields = OWNED_FIELDS[kind].flatMap(({ path: dotted, why, fits }) => {
    const path = dotted.split(".");
    const value = valueAt(document, path);
    return value === undefined || fits?.(value, spec) === true ? [] : [{ path, why }];
  });
  const args = OWNED_ARGUMENTS[kind].flatMap((place) => ownedArguments(document, place, spec));
  return [...header, ...fields, ...args, ...phaseProblems(kind, document, spec), ...externalEtcd(spec, document)];
}

function externalEtcd(spec: ClusterSpec, document: Document): Owned[] {
  const path = ["etcd", "external"];
  const { list, masters } = spec.nodes;
  const nodes = spec.provider === "hosts" ? spec.hosts : list;
  const count = nodes.length > 0 ? nodes.filter(({ role }) => role === "master").length : masters.count;
  if (count < 2 || valueAt(document, path) === undefined) return [];
  return [{ path, why: "with several masters, etcd runs on the masters" }];
}

function ownedArguments(document: Document, { path, owned, variables }: ArgumentPlace, spec: ClusterSpec): Owned[] {
  const given = argumentsAt(document, path).map((one) => ({ ...one, name: argumentName(one.name) }));
  const environment = argumentsAt(document, variables?.path ?? []).flatMap((one) => {
    const { prefix = "" } = variables ?? {};
    return prefix !== "" && one.name.startsWith(prefix)
      ? [{ ...one, name: argumentName(one.name.slice(prefix.length).toLowerCase()) }]
      : [];
  });
  return [...given, ...environment].flatMap(({ name, value, path: at }) => {
    const rule = Object.hasOwn(owned, name) ? owned[name] : undefined;
    return rule === undefined || rule.fits?.(value, spec) === true ? [] : [{ path: at, why: rule.why }];
  });
}

/** Arguments at a place, in either form: a map, or a list of name and value. */
function argumentsAt(document: Document, path: Path): { name: string; value: string; path: Path }[] {
  const args = valueAt(document, path);
  if (Array.isArray(args)) {
    return args.flatMap((entry: unknown, index) =>
      isGroup(entry) && typeof entry.name === "string"
        ? [{ name: entry.name, value: valueText(entry.value), path: [...path, index, "name"] }]
        : [],
    );
  }
  if (!isGroup(args)) return [];
  return Object.entries(args).map(([name, value]) => ({ name, value: valueText(value), path: [...path, name] }));
}

/** What is no text is refused when the documents are made; here it only must not pass for a value that fits. */
function valueText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value ?? "");
}

/** An argument's name as its program reads it: dashes before it do not count, and `_` is `-` (WordSepNormalizeFunc). */
function argumentName(name: string): string {
  return name.replace(/^-+/, "").replaceAll("_", "-");
}

function valueAt(document: Document, path: Path): unknown {
  return path.reduce<unknown>(
    (value, key) => (isGroup(value) && Object.hasOwn(value, key) ? value[key] : undefined),
    document,
  );
}
