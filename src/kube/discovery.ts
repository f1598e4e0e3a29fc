import { type Fields, fieldsOf, groupsIn, textOf } from "./fields.js";
import { KubeError } from "./kube-error.js";
import { documentIn } from "./read-answer.js";
import type { Answer, RequestOptions } from "./transport.js";

type Ask = (path: string, options: RequestOptions) => Promise<Answer>;

/**
 * Finds API versions that differ between the supported versions of Kubernetes. Each is asked for when it is first
 * needed, once per connection.
 */
export class Discovery {
  readonly #ask: Ask;
  readonly #known = new Map<string, Promise<string>>();

  constructor(ask: Ask) {
    this.#ask = ask;
  }

  /** `/apis/policy/v1beta1`: the path of a group in the version that the API prefers. */
  groupPath(group: string, options: RequestOptions): Promise<string> {
    return this.#once(`group ${group}`, async () => {
      const what = `asking for the API group ${group}`;
      const { preferredVersion } = await this.#read(`/apis/${group}`, what, options);
      const version = textOf(fieldsOf(preferredVersion)["groupVersion"]);
      if (version === undefined) throw new KubeError(what, 200, "", "it has no preferred version");
      return `/apis/${version}`;
    });
  }

  /** `policy/v1beta1`: the apiVersion of the objects that a subresource of core/v1 takes, such as `pods/eviction`. */
  takenBy(subresource: string, options: RequestOptions): Promise<string> {
    return this.#once(`subresource ${subresource}`, async () => {
      const what = "asking for the resources of v1";
      const { resources } = await this.#read("/api/v1", what, options);
      const found = groupsIn(resources).find(({ name }) => name === subresource);
      const version = textOf(found?.["version"]);
      if (version === undefined) throw new KubeError(what, 200, "", `the API has no ${subresource}`);
      return `${textOf(found?.["group"]) ?? ""}/${version}`;
    });
  }

  #once(key: string, look: () => Promise<string>): Promise<string> {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const found = look();
    this.#known.set(key, found);
    found.catch(() => this.#known.delete(key));
    return found;
  }

  async #read(path: string, what: string, options: RequestOptions): Promise<Fields> {
    return documentIn(what, await this.#ask(path, options));
  }
}
