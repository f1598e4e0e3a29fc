import { stringify } from "yaml";
import { AlpineK8sError } from "../../base/errors.js";
import { fieldsOf, textOf } from "../../kube/fields.js";
import { describeObject, type KubeObject } from "../../kube/kube-object.js";
import { addonVersion, dnsLabel, imageReference } from "../../model/spec/formats.js";
import { shown } from "../../model/spec/problems.js";
import { NEWEST_MINOR, OLDEST_MINOR } from "../../model/versions/kubernetes.js";
import { imagesIn, privilegesIn } from "../audit/pod-facts.js";
import { sumOf } from "../cached-file.js";
import { parseManifest } from "../manifest.js";
import { workloadsOf } from "../workloads.js";
import { withoutHooks } from "./helm-hooks.js";
import { namespaceDocument, namespaceWarnings, putInto, withoutNamespace } from "./namespaces.js";
import { readEntry } from "./read-entry.js";

/** A manifest that an entry is made of. */
export interface GivenManifest {
  /** As the user has named it, for messages. */
  readonly source: string;
  readonly text: string;
}

export interface MakeEntry {
  readonly name: string;
  readonly title: string | undefined;
  /** Nothing: what the objects' labels say with one voice, else 1. */
  readonly version: string | undefined;
  readonly manifests: readonly GivenManifest[];
  /** Where objects go that name no namespace; it is made, too. Nothing: they are left as they are. */
  readonly namespace?: string | undefined;
}

/** An entry, and what was found in its manifests. */
export interface MadeEntry {
  readonly version: string;
  /** The entry's file and its manifests, the entry last; paths are relative to the catalogue. */
  readonly files: readonly { readonly path: string; readonly text: string }[];
  readonly images: readonly string[];
  readonly privileges: readonly string[];
  /** Objects that were left out, with the reason. */
  readonly leftOut: readonly string[];
  readonly warnings: readonly string[];
}

/**
 * Makes an entry of a catalogue of plain manifests, or of what `helm template` prints. Throws `usage` for a name or version
 * that cannot be, for what is no manifest, and when nothing is left of one.
 */
export function makeEntry({ name, title, version: asked, manifests, namespace }: MakeEntry): MadeEntry {
  demand(dnsLabel.validate(name), `the name ${shown(name)}`);
  if (asked !== undefined) demand(addonVersion.validate(asked), `the version ${shown(asked)}`);
  if (namespace !== undefined) demand(dnsLabel.validate(namespace), `the namespace ${shown(namespace)}`);
  const parts = manifests.map(({ source, text }) => {
    parseManifest(text, source);
    const part = withoutHooks(text, source);
    return { ...part, source, objects: parseManifest(part.text, source) };
  });
  const objects = parts.flatMap((part) => part.objects);
  const found = withoutNamespace(objects);
  const version = asked ?? versionIn(objects) ?? "1";
  const images = imagesIn(objects);
  const privileges = privilegesIn(objects);
  const sources = parts.map(({ text, source }, index) => ({
    path: `${name}/${index + 1}.yaml`,
    text:
      namespace === undefined
        ? text
        : (index === 0 ? namespaceDocument(namespace, objects) : "") +
          separated(putInto(namespace, text, found.bare, source)),
  }));
  const known = images.filter((image) => imageReference.validate(image) === undefined);
  const entry = entryText({
    ...{ name, title: title ?? `Manifests of ${name}`, version, images: known, privileges },
    ...{ sources, conditions: conditionsFor(objects) },
  });
  // What cannot be read again is never written.
  readEntry(entry, `${name}.yaml`);
  return {
    ...{ version, images, privileges },
    files: [...sources, { path: `${name}.yaml`, text: entry }],
    leftOut: parts.flatMap(({ leftOut }) => leftOut),
    warnings: [
      ...parts.flatMap(({ warnings }) => warnings),
      ...namespaceWarnings(found, namespace),
      ...warningsFor(objects, images),
    ],
  };
}

/** As it may stand behind another document. */
function separated(text: string): string {
  return text.startsWith("---") ? text : `---\n${text}`;
}

function demand(wrong: string | undefined, what: string): void {
  if (wrong !== undefined) throw new AlpineK8sError("usage", `${what} ${wrong}`, { hints: ["nothing was written"] });
}

interface Facts {
  readonly name: string;
  readonly title: string;
  readonly version: string;
  readonly images: readonly string[];
  readonly privileges: readonly string[];
  readonly sources: MadeEntry["files"];
  readonly conditions: readonly unknown[];
}

function entryText({ name, title, version, images, privileges, sources, conditions }: Facts): string {
  const entry = {
    ...{ apiVersion: "alpine-k8s/v1", kind: "Addon", metadata: { name }, title, state: "maintained" },
    releases: [
      {
        ...{ version, kubernetes: `1.${OLDEST_MINOR}-1.${NEWEST_MINOR}` },
        sources: sources.map(({ path, text }) => ({ file: path, sha256: sumOf(text) })),
        ...(images.length === 0 ? {} : { images }),
      },
    ],
    ...(conditions.length === 0 ? {} : { conditions }),
    ...(privileges.length === 0 ? {} : { privileges }),
  };
  const head = "# Made by alpine-k8s addons create; the format is that of docs/addons/catalogue.md.\n";
  return head + stringify(entry, { lineWidth: 0 });
}

/** Besides workloads that are available, which every add-on has to show: APIs that are answered for. */
function conditionsFor(objects: readonly KubeObject[]): readonly unknown[] {
  return objects
    .filter(({ kind, spec }) => kind === "APIService" && "service" in fieldsOf(spec))
    .map(({ apiVersion, kind, metadata: { name } }, index) => ({
      ...{ id: `api-${index + 1}`, title: `the API ${name} answers`, apiVersion, kind, name, condition: "Available" },
    }));
}

function versionIn(objects: readonly KubeObject[]): string | undefined {
  const labels = objects.flatMap(({ metadata }) => {
    return textOf(fieldsOf(fieldsOf(metadata)["labels"])["app.kubernetes.io/version"]) ?? [];
  });
  const [version, other] = new Set(labels);
  return version !== undefined && other === undefined && addonVersion.validate(version) === undefined
    ? version
    : undefined;
}

function warningsFor(objects: readonly KubeObject[], images: readonly string[]): readonly string[] {
  const secrets = objects.filter(({ kind }) => kind === "Secret").map((object) => describeObject(object));
  const odd = images.filter((image) => imageReference.validate(image) !== undefined);
  return [
    ...secrets.map((secret) => `${secret} lies readable in the catalogue: keep the folder to yourself`),
    ...odd.map((image) => `${shown(image)} is no reference of an image, and is not listed`),
    ...(workloadsOf(objects).length === 0 ? ["it has no workload: it counts as ready as soon as it is applied"] : []),
  ];
}
