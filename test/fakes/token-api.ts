import { BOOTSTRAP_TOKENS } from "../../src/kube/bootstrap-tokens.js";
import type { KubeApi, KubeObject } from "../../src/kube/kube-api.js";
import { tokenSecretPath } from "../../src/kube/token-secret.js";

/** An API with bootstrap tokens only; like the real one it returns their fields in base64. */
export class TokenApi {
  readonly #secrets = new Map<string, KubeObject>();
  /** The requests, in order. */
  readonly asked: string[] = [];
  /** Called before each request is carried out; tests interrupt a run here. */
  before: (what: string) => void = () => undefined;

  /** Puts tokens into the cluster. */
  put(...secrets: KubeObject[]): void {
    for (const secret of secrets) {
      const { stringData, ...rest } = secret;
      const fields = Object.entries(stringData as Readonly<Record<string, string>>);
      const data = Object.fromEntries(fields.map(([name, value]) => [name, btoa(value)]));
      this.#secrets.set(`/api/v1/namespaces/kube-system/secrets/${secret.metadata.name}`, { ...rest, data });
    }
  }

  /** Whether the cluster accepts the token. */
  takes(token: string): boolean {
    const data = this.#secrets.get(tokenSecretPath(token))?.["data"] as { readonly "token-secret": string } | undefined;
    return data !== undefined && atob(data["token-secret"]) === token.slice(7);
  }

  /** Public halves of all tokens, sorted. */
  ids(): readonly string[] {
    return [...this.#secrets.keys()].map((path) => path.slice(-6)).sort();
  }

  api(): KubeApi {
    const refuse = (path: string): never => {
      throw new Error(`the fake API knows no ${path}`);
    };
    const ask = (what: string): void => {
      this.asked.push(what);
      this.before(what);
    };
    return {
      ...{ via: "direct", description: "the fake API", get: refuse, text: refuse, patch: refuse, groupPath: refuse },
      ...{ create: refuse, forward: ({ pod }) => refuse(pod) },
      evict: ({ name }) => refuse(name),
      pathOf: ({ kind }) => refuse(kind),
      preview: ({ kind }) => refuse(kind),
      find: (path) => {
        ask(`find ${path}`);
        return Promise.resolve(this.#secrets.get(path));
      },
      list: (path) => {
        ask(`list ${path}`);
        return Promise.resolve(path === BOOTSTRAP_TOKENS ? [...this.#secrets.values()] : refuse(path));
      },
      apply: (objects) => {
        ask(`apply ${objects.map((one) => one.metadata.name).join(" ")}`);
        this.put(...objects);
        return Promise.resolve();
      },
      delete: (path) => {
        ask(`delete ${path}`);
        this.#secrets.delete(path);
        return Promise.resolve();
      },
      readyz: () => Promise.resolve(undefined),
      close: () => undefined,
    };
  }
}
