import { AlpineK8sError } from "../base/errors.js";
import { groupsIn, textOf } from "./fields.js";
import { documentIn } from "./read-answer.js";
import { describeObject, type ObjectRef } from "./kube-object.js";
import type { Answer, RequestOptions } from "./transport.js";

interface ApiResource {
  readonly name: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

/** The API does not know a kind: the manifest is wrong, or its CustomResourceDefinition was applied a moment ago. */
export class UnknownKind extends AlpineK8sError {
  constructor(object: ObjectRef) {
    super("node", `applying ${describeObject(object)}: the API has no ${object.kind} in ${object.apiVersion}`, {
      hints: ["check apiVersion and kind in the manifest; its CustomResourceDefinition must be applied first"],
    });
    this.name = "UnknownKind";
  }
}

type Ask = (path: string, options: RequestOptions) => Promise<Answer>;

/** Maps objects to REST paths by the API's discovery; asks once per group version, and again for an unknown kind. */
export class ApiPaths {
  readonly #ask: Ask;
  readonly #known = new Map<string, Promise<readonly ApiResource[]>>();

  constructor(ask: Ask) {
    this.#ask = ask;
  }

  /**
   * `/apis/apps/v1/namespaces/kube-system/deployments/coredns`; a namespaced object without a namespace goes to
   * `default`. Throws UnknownKind.
   */
  async of(object: ObjectRef, options: RequestOptions): Promise<string> {
    const resource =
      (await this.#find(object, options)) ?? (this.#forget(object.apiVersion), await this.#find(object, options));
    if (resource === undefined) throw new UnknownKind(object);
    const namespace = resource.namespaced
      ? `/namespaces/${encodeURIComponent(object.metadata.namespace ?? "default")}`
      : "";
    return `${rootOf(object.apiVersion)}${namespace}/${resource.name}/${encodeURIComponent(object.metadata.name)}`;
  }

  async #find(object: ObjectRef, options: RequestOptions): Promise<ApiResource | undefined> {
    let resources = this.#known.get(object.apiVersion);
    if (resources === undefined) {
      resources = this.#list(object.apiVersion, options);
      this.#known.set(object.apiVersion, resources);
      resources.catch(() => this.#forget(object.apiVersion));
    }
    const found = await resources;
    return found.find((resource) => resource.kind === object.kind && !resource.name.includes("/"));
  }

  #forget(apiVersion: string): void {
    this.#known.delete(apiVersion);
  }

  async #list(apiVersion: string, options: RequestOptions): Promise<readonly ApiResource[]> {
    const answer = await this.#ask(rootOf(apiVersion), options);
    if (answer.status === 404) return [];
    const { resources } = documentIn(`asking for the kinds of ${apiVersion}`, answer);
    return groupsIn(resources).map(({ name, kind, namespaced }) => ({
      name: textOf(name) ?? "",
      kind: textOf(kind) ?? "",
      namespaced: namespaced === true,
    }));
  }
}

function rootOf(apiVersion: string): string {
  return apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}
