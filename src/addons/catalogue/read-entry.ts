import { AlpineK8sError } from "../../base/errors.js";
import { fieldsOf, textOf } from "../../kube/fields.js";
import { pathText, type Problem } from "../../model/spec/problems.js";
import { readYaml } from "../../model/spec/yaml-text.js";
import { ENTRY_SHAPE, type WrittenEntry } from "./entry-shape.js";
import type { CatalogueEntry, Change, Parameter, Patch, Readiness, Release, Source } from "./entry.js";

/**
 * Reads a file of a catalogue. Throws one `usage` error that lists all that is wrong with it, with line and column.
 * `source` names the file in messages.
 */
export function readEntry(text: string, source: string): CatalogueEntry {
  const yaml = readYaml(text);
  if (!("positionOf" in yaml)) {
    throw refused(
      source,
      yaml.map(
        ({ position, what }) => `${position === undefined ? "" : `${position.line}:${position.column}: `}${what}`,
      ),
    );
  }
  const problems: Problem[] = [];
  const written = ENTRY_SHAPE.read(yaml.data, [], {
    report: (problem) => problems.push(problem),
    sourceOf: (path) => yaml.sourceOf(path),
  });
  if (written !== undefined) problems.push(...relatedProblems(written));
  if (problems.length === 0) return entryOf(written ?? {});
  throw refused(
    source,
    problems.map(({ path, what, atKey = false }) => {
      const at = yaml.positionOf(path, atKey);
      return `${at === undefined ? "" : `${at.line}:${at.column}: `}${pathText(path)}: ${what}`;
    }),
  );
}

function relatedProblems(written: WrittenEntry): Problem[] {
  const parameters = Object.entries(written.parameters ?? {}).flatMap(([name, { type, default: value }]): Problem[] => {
    const fits = type === undefined || value === undefined || typeof value === TYPES[type];
    return fits ? [] : [{ path: ["parameters", name, "default"], what: `is no ${type}` }];
  });
  const patches = (written.patches ?? []).flatMap((patch, index): Problem[] => {
    const isOne = patch === undefined || (patch.changes === undefined) === (patch.drop !== undefined);
    return isOne ? [] : [{ path: ["patches", index], what: "needs exactly one of changes and drop" }];
  });
  const changes = (written.patches ?? []).flatMap((patch, index) =>
    (patch?.changes ?? []).flatMap((change, place): Problem[] => {
      if (change === undefined) return [];
      const given = ["value", "append", "remove"].filter((key) => Object.hasOwn(change, key));
      const path = ["patches", index, "changes", place];
      return given.length === 1 ? [] : [{ path, what: "needs exactly one of value, append and remove" }];
    }),
  );
  return [...parameters, ...sourceProblems(written), ...patches, ...changes, ...staticPodProblems(written)];
}

/** The API's objects and a pod that only kubelets know do not go together. */
function staticPodProblems({ role, staticPod, releases, patches, objects }: WrittenEntry): Problem[] {
  if (role !== "address") {
    return staticPod === undefined ? [] : [{ path: ["staticPod"], what: "is only for role: address" }];
  }
  if (staticPod === undefined) return [{ path: ["role"], what: "needs a staticPod" }];
  const name = textOf(fieldsOf(staticPod["metadata"])["name"]) ?? "";
  const isPod = staticPod["kind"] === "Pod" && /^[a-z0-9-]{1,63}$/.test(name);
  const hasOthers =
    (patches ?? []).length + (objects ?? []).length > 0 ||
    (releases ?? []).some((one) => (one?.sources ?? []).length > 0);
  return [
    ...(isPod ? [] : [{ path: ["staticPod"], what: "must be a Pod with metadata.name" }]),
    ...(hasOthers ? [{ path: ["staticPod"], what: "cannot stand beside sources, patches or objects" }] : []),
  ];
}

function sourceProblems({ releases }: WrittenEntry): Problem[] {
  return (releases ?? []).flatMap((release, index) =>
    (release?.sources ?? []).flatMap((source, place): Problem[] => {
      if (source === undefined) return [];
      const path = ["releases", index, "sources", place];
      const { url, file, sha256 } = source;
      if ((url === undefined) === (file === undefined)) return [{ path, what: "needs exactly one of url and file" }];
      return url === undefined || sha256 !== undefined
        ? []
        : [{ path, what: "needs the sha256 of what the url gives" }];
    }),
  );
}

const TYPES = { string: "string", integer: "number", boolean: "boolean" } as const;

function refused(source: string, problems: readonly string[]): AlpineK8sError {
  const lines = problems.slice(0, 20).map((problem) => `\n  ${problem}`);
  return new AlpineK8sError("usage", `${source} is no entry of a catalogue:${lines.join("")}`, {
    hints: ["correct the file; docs/addons/catalogue.md describes the format"],
  });
}

function entryOf(written: WrittenEntry): CatalogueEntry {
  const { metadata, title = "", role, state = "maintained", opens } = written;
  return {
    name: metadata?.name ?? "",
    title,
    isNetwork: role === "network",
    ...(written.staticPod === undefined ? {} : { staticPod: written.staticPod }),
    state,
    ...(written.ended === undefined ? {} : { ended: written.ended }),
    ...(written.replacement === undefined ? {} : { replacement: written.replacement }),
    remarks: present(written.remarks),
    // The shape has refused parameters without a type, and all else that these types promise.
    parameters: (written.parameters ?? {}) as Readonly<Record<string, Parameter>>,
    needs: present(written.needs),
    releases: present(written.releases).map(releaseOf),
    patches: present(written.patches).map(patchOf),
    objects: present(written.objects),
    conditions: present(written.conditions) as readonly Readiness[],
    privileges: present(written.privileges),
    ...(opens === undefined ? {} : { opens: opensOf(opens) }),
    keeps: present(written.keeps),
  };
}

function opensOf(opens: NonNullable<WrittenEntry["opens"]>): NonNullable<CatalogueEntry["opens"]> {
  const { namespace = "", service = "", port = 0, scheme = "http", path = "/" } = opens;
  return { namespace, service, port, scheme, path };
}

function releaseOf({ version = "", kubernetes = "", sources, images }: Present<WrittenEntry["releases"]>): Release {
  return {
    version,
    minors: minorsOf(kubernetes),
    sources: present(sources).map(sourceOf),
    images: present(images),
  };
}

function sourceOf({ url = "", file, sha256 }: WrittenSource): Source {
  if (file === undefined) return { url, sha256: sha256 ?? "" };
  return { file, ...(sha256 === undefined ? {} : { sha256 }) };
}

type WrittenSource = Present<Present<WrittenEntry["releases"]>["sources"]>;

function patchOf(written: Present<WrittenEntry["patches"]>): Patch {
  const { kind = "", name = "", namespace, kubernetes, changes, drop } = written;
  return {
    kind,
    name,
    ...(namespace === undefined ? {} : { namespace }),
    ...(kubernetes === undefined ? {} : { minors: minorsOf(kubernetes) }),
    changes: present(changes).map(changeOf),
    ...(drop === undefined ? {} : { drop: true }),
  };
}

type WrittenChange = Present<Present<WrittenEntry["patches"]>["changes"]>;

function changeOf({ at, append, remove, ...rest }: WrittenChange): Change {
  return {
    at: present(at),
    ...("value" in rest ? { value: rest.value } : {}),
    ...(append === undefined ? {} : { append }),
    ...(remove === undefined ? {} : { remove: true }),
  };
}

function minorsOf(range: string): readonly [number, number] {
  const [first = 0, last = first] = range.split("-").map((minor) => Number(minor.split(".")[1]));
  return [first, last];
}

type Present<L> = NonNullable<L> extends readonly (infer T)[] ? Exclude<T, undefined> : never;

function present<T>(entries: readonly (T | undefined)[] = []): readonly Exclude<T, undefined>[] {
  return entries.filter((entry) => entry !== undefined) as Exclude<T, undefined>[];
}
