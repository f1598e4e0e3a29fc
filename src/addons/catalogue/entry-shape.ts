import * as format from "../../model/spec/formats.js";
import {
  anything,
  choice,
  described,
  integer,
  list,
  map,
  object,
  scalar,
  text,
  type ReadOf,
  type Shape,
} from "../../model/spec/schema.js";
import { PRIVILEGES } from "./entry.js";

const RANGE = format.pattern(
  "1\\.\\d{1,3}(?:-1\\.\\d{1,3})?",
  'is not a range of Kubernetes minors such as "1.29-1.31"',
  16,
);
const DAY = format.pattern("\\d{4}-\\d{2}-\\d{2}", "is not a day such as 2026-01-31", 10);
const KIND = format.pattern("[A-Z][A-Za-z0-9]*", "is not a kind of object such as DaemonSet", 63);
const OBJECT_NAME = format.pattern("[A-Za-z0-9][A-Za-z0-9.:_-]*", "is not the name of an object", 253);
/** The parts of a path have no dot in front: neither hidden files nor `..`. */
const FILE = format.pattern(
  "[A-Za-z0-9_][A-Za-z0-9_.+@-]*(?:/[A-Za-z0-9_][A-Za-z0-9_.+@-]*)*",
  "is not a path in the catalogue's folder such as shop/1.yaml",
);
const API_VERSION = format.pattern("(?:[a-z0-9.-]+/)?v\\d+[a-z0-9]*", "is not an apiVersion such as apps/v1", 253);

/** Any value at all. */
function whatever(): Shape<unknown> {
  return { json: {}, read: (value) => value };
}

const OBJECT_REF = {
  kind: text(KIND),
  name: text(OBJECT_NAME),
  namespace: text(format.dnsLabel),
};

const CHANGE = object(
  {
    at: list(text(format.anyLine), 30),
    value: whatever(),
    append: list(whatever(), 100),
    remove: choice(["yes"]),
  },
  ["at"],
);

const RELEASE = object(
  {
    version: text(format.addonVersion),
    kubernetes: text(RANGE),
    sources: list(object({ url: text(format.httpUrl), file: text(FILE), sha256: text(format.sha256) }), 20),
    images: list(text(format.imageReference), 50),
  },
  ["version", "kubernetes"],
);

const PARAMETER = object(
  {
    type: choice(["string", "integer", "boolean"]),
    default: scalar(),
    choices: list(text(format.anyLine), 50),
    description: text(format.anyLine),
  },
  ["type", "default", "description"],
);

const PATCH = object({ ...OBJECT_REF, kubernetes: text(RANGE), changes: list(CHANGE, 50), drop: choice(["yes"]) }, [
  "kind",
  "name",
]);

const CONDITION = object(
  {
    id: text(format.dnsLabel),
    title: text(format.anyLine),
    apiVersion: text(API_VERSION),
    ...OBJECT_REF,
    condition: text(KIND),
  },
  ["id", "title", "apiVersion", "kind", "name", "condition"],
);

/** A file of a catalogue as it is written. */
export const ENTRY_SHAPE = object(
  {
    apiVersion: choice(["alpine-k8s/v1"]),
    kind: choice(["Addon"]),
    metadata: object({ name: text(format.dnsLabel) }, ["name"]),
    title: described(text(format.anyLine), "What it does, in a few words"),
    role: choice(["network", "address"]),
    state: choice(["maintained", "deprecated", "ended"]),
    ended: text(DAY),
    replacement: text(format.dnsLabel),
    remarks: list(text(format.anyLine), 20),
    parameters: map(format.parameterName, PARAMETER),
    needs: list(text(format.dnsLabel), 20),
    releases: list(RELEASE, 50),
    patches: list(PATCH, 100),
    objects: list(anything(), 100),
    staticPod: anything(),
    conditions: list(CONDITION, 20),
    privileges: list(choice(PRIVILEGES), PRIVILEGES.length),
    opens: object(
      {
        namespace: text(format.dnsLabel),
        service: text(format.dnsLabel),
        port: integer({ min: 1, max: 65_535, unit: "TCP" }),
        scheme: choice(["http", "https"]),
        path: text(format.anyLine),
      },
      ["namespace", "service", "port"],
    ),
    keeps: list(text(format.anyLine), 20),
  },
  ["apiVersion", "kind", "metadata", "title", "state", "releases"],
);

export type WrittenEntry = ReadOf<typeof ENTRY_SHAPE>;
