import type { Duplex } from "node:stream";
import { until, type Clock } from "../base/wait.js";
import { orWait } from "./again-later.js";
import { ApiPaths, UnknownKind } from "./api-paths.js";
import { Discovery } from "./discovery.js";
import { evictPod, type Eviction, type PodRef } from "./evict-pod.js";
import { statusConditions, type Fields } from "./fields.js";
import { errorFromAnswer, KubeError, UNREACHABLE } from "./kube-error.js";
import { describeObject, type KubeObject, type ObjectRef } from "./kube-object.js";
import { documentIn, objectIn, pageIn } from "./read-answer.js";
import type { Answer, ApplyHow, KubeTransport, PodPort, RequestOptions } from "./transport.js";

export type { Eviction, PodRef } from "./evict-pod.js";
export type { KubeObject } from "./kube-object.js";
export type { ApplyHow } from "./transport.js";

/** The part of the cluster's API that we need. Every failure is a KubeError, with the API's own words. */
export interface KubeApi {
  /** Whether requests go directly to the API or through a master. */
  readonly via: "direct" | "node";
  /** "https://10.250.250.2:6443", or "https://10.250.250.2:6443 through master1". */
  readonly description: string;
  /** Why the API is asked through a node; absent when it is not. */
  readonly whyNotDirect?: string;
  /** A document with fields; nothing is known of them. */
  get(path: string, signal?: AbortSignal): Promise<Fields>;
  /** An object, of which only the name is certain; undefined for 404. */
  find(path: string, signal?: AbortSignal): Promise<KubeObject | undefined>;
  /** The answer as it is, for what is no JSON, such as a container's log. The path limits its size. */
  text(path: string, signal?: AbortSignal): Promise<string>;
  /** All items of a collection, page after page; of each only the name is certain. */
  list(path: string, signal?: AbortSignal): Promise<readonly KubeObject[]>;
  /**
   * Server-side apply, with force unless `how` says otherwise: namespaces and CustomResourceDefinitions first; the rest
   * when these are established. Applying the same again changes nothing. A KubeError names the fields of others that it
   * met without force.
   */
  apply(objects: readonly KubeObject[], fieldManager: string, signal?: AbortSignal, how?: ApplyHow): Promise<void>;
  /** The object as {@link apply} with force would leave it; nothing is changed. */
  preview(object: KubeObject, fieldManager: string, signal?: AbortSignal): Promise<KubeObject>;
  /** The path of an object, there or not; undefined for a kind that the API does not have. */
  pathOf(object: ObjectRef, signal?: AbortSignal): Promise<string | undefined>;
  /**
   * Merge patch (RFC 7386) in the name of a field manager. It is an update, not an apply, so that later changes of
   * others do not conflict with it.
   */
  patch(path: string, patch: object, fieldManager: string, signal?: AbortSignal): Promise<void>;
  /** Sends a document to a path that takes new ones, and returns the answer's document, such as a token. */
  create(path: string, document: object, signal?: AbortSignal): Promise<Fields>;
  /** `/apis/policy/v1`: the path of a group in the version that the API prefers. */
  groupPath(group: string, signal?: AbortSignal): Promise<string>;
  /** Asks to evict a pod. A disruption budget may forbid it and a webhook deny it, which is told and not thrown. */
  evict(pod: PodRef, signal?: AbortSignal): Promise<Eviction>;
  /** Deletes an object; does nothing when it does not exist. */
  delete(path: string, signal?: AbortSignal): Promise<void>;
  /** A TCP connection to a port of a pod, also through a master. The caller ends it; see `openForward`. */
  forward(to: PodPort, signal?: AbortSignal): Promise<Duplex>;
  /** Undefined when `/readyz` says ok, else a sentence that says why not. */
  readyz(signal?: AbortSignal): Promise<string | undefined>;
  close(): void;
}

export interface KubeApiOptions {
  readonly clock?: Clock;
  readonly whyNotDirect?: string;
}

const PAGE = 250;

/** Pages of one list: more objects than a cluster of this tool's size can have. */
const MOST_PAGES = 1_000;

/** Milliseconds that a CustomResourceDefinition gets to be established. */
const ESTABLISH_LIMIT = 60_000;

/** The API over one transport. */
export function kubeApi(transport: KubeTransport, options: KubeApiOptions = {}): KubeApi {
  const ask = async (path: string, signal?: AbortSignal): Promise<Answer> => transport.get(path, withSignal(signal));
  const discovery = new Discovery((path, how) => transport.get(path, how));
  const paths = new ApiPaths((path, how) => transport.get(path, how));
  const api: KubeApi = {
    via: transport.via,
    description: transport.description,
    ...(options.whyNotDirect === undefined ? {} : { whyNotDirect: options.whyNotDirect }),
    get: async (path, signal) => documentIn(`GET ${path}`, await ask(path, signal)),
    find: async (path, signal) => {
      const answer = await ask(path, signal);
      return answer.status === 404 ? undefined : objectIn(`GET ${path}`, answer);
    },
    text: async (path, signal) => succeeded(path, await ask(path, signal)).body,
    list: (path, signal) => allPages(path, (page) => api.get(page, signal)),
    apply: async (objects, fieldManager, signal, how = { force: true }) => {
      const first = objects.filter(comesFirst);
      await transport.apply(first, fieldManager, { ...withSignal(signal), how });
      if (how.dryRun !== true) await established(api, first, options.clock, signal);
      const rest = objects.filter((object) => !comesFirst(object));
      await transport.apply(rest, fieldManager, { ...withSignal(signal), how });
    },
    preview: (object, fieldManager, signal) => previewOf(transport, object, fieldManager, withSignal(signal)),
    pathOf: (object, signal) => paths.of(object, withSignal(signal)).catch(ifUnknown),
    patch: async (path, patch, fieldManager, signal) => {
      const query = `fieldManager=${encodeURIComponent(fieldManager)}`;
      const answer = await transport.send("PATCH", `${path}?${query}`, patch, withSignal(signal));
      if (answer.status >= 300) throw errorFromAnswer(`PATCH ${path}`, answer.status, answer.body);
    },
    create: async (path, document, signal) =>
      documentIn(`POST ${path}`, await transport.send("POST", path, document, withSignal(signal))),
    groupPath: (group, signal) => discovery.groupPath(group, withSignal(signal)),
    evict: async (pod, signal) => {
      const apiVersion = await discovery.takenBy("pods/eviction", withSignal(signal));
      return evictPod(transport, apiVersion, pod, withSignal(signal));
    },
    delete: async (path, signal) => {
      const answer = await transport.delete(path, withSignal(signal));
      if (answer.status >= 300 && answer.status !== 404) {
        throw errorFromAnswer(`DELETE ${path}`, answer.status, answer.body);
      }
    },
    forward: (to, signal) => transport.forward(to, withSignal(signal)),
    readyz: async (signal) => {
      try {
        const answer = await ask("/readyz", signal);
        return answer.status === 200
          ? undefined
          : errorFromAnswer("the API is not ready", answer.status, answer.body).message;
      } catch (error) {
        if (error instanceof KubeError && error.reason === UNREACHABLE) return error.message;
        throw error;
      }
    },
    close: () => transport.close(),
  };
  return api;
}

async function previewOf(
  transport: KubeTransport,
  object: KubeObject,
  fieldManager: string,
  options: RequestOptions,
): Promise<KubeObject> {
  const how = { force: true, dryRun: true };
  const [answer = { status: 0, body: "" }] = await transport.apply([object], fieldManager, { ...options, how });
  return objectIn(`trying to apply ${describeObject(object)}`, answer);
}

function ifUnknown(error: unknown): undefined {
  if (!(error instanceof UnknownKind)) throw error;
}

/** The items of a list, page by page. Throws when it has no end. */
async function allPages(path: string, get: (page: string) => Promise<Fields>): Promise<KubeObject[]> {
  const items: KubeObject[] = [];
  let next = "";
  let pages = 0;
  do {
    if (pages === MOST_PAGES) {
      throw new KubeError(`GET ${path}`, 200, "TooLarge", `the list has more than ${MOST_PAGES} pages`);
    }
    const page = pageIn(`GET ${path}`, await get(pagePath(path, next)));
    items.push(...page.items);
    next = page.next;
    pages += 1;
  } while (next !== "");
  return items;
}

function pagePath(path: string, next: string): string {
  const token = next === "" ? "" : `&continue=${encodeURIComponent(next)}`;
  return `${path}${path.includes("?") ? "&" : "?"}limit=${PAGE}${token}`;
}

function succeeded(path: string, answer: Answer): Answer {
  if (answer.status >= 300) throw errorFromAnswer(`GET ${path}`, answer.status, answer.body);
  return answer;
}

function comesFirst(object: KubeObject): boolean {
  return object.kind === "Namespace" || isDefinition(object);
}

function isDefinition(object: KubeObject): boolean {
  return object.kind === "CustomResourceDefinition" && object.apiVersion.startsWith("apiextensions.k8s.io/");
}

async function established(
  api: KubeApi,
  objects: readonly KubeObject[],
  clock: Clock | undefined,
  signal: AbortSignal | undefined,
): Promise<void> {
  const waiting = new Map(objects.filter(isDefinition).map((object) => [object.metadata.name, object]));
  if (waiting.size === 0) return;
  await until({
    what: "the API to know the new kinds",
    every: 500,
    atMost: ESTABLISH_LIMIT,
    ...(clock ? { clock } : {}),
    ...(signal ? { signal } : {}),
    check: () =>
      orWait(async () => {
        const live = await api.list("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", signal);
        for (const definition of live) if (isEstablished(definition)) waiting.delete(definition.metadata.name);
        const [missing] = waiting.values();
        return missing && `${describeObject(missing)} is not established yet`;
      }),
  });
}

function isEstablished(definition: KubeObject): boolean {
  return statusConditions(definition).some((one) => one.type === "Established" && one.status === "True");
}

function withSignal(signal: AbortSignal | undefined): { signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}
