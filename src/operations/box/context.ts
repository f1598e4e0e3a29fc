import type { BaseSource } from "../../boxes/base-source.js";
import type { BoxPaths, BuiltPaths } from "../../boxes/box-paths.js";
import type { BuildRequest } from "../../boxes/build-request.js";
import type { Recipe } from "../../boxes/recipe.js";
import type { RunInput } from "../../engine/run-input.js";
import type { HttpOptions } from "../../http/http-get.js";
import type { SpecProxy } from "./spec-proxy.js";

export interface BuildBoxInput extends RunInput {
  readonly request: BuildRequest;
  /** An image in place of Alpine's. */
  readonly base: BaseSource | undefined;
  /** File with the key that must have signed the image; nothing: one of the user's keyring may have. */
  readonly key?: string | undefined;
  /** Stands in for Alpine's own server; nothing: the image's own mirror is left as it is. */
  readonly mirror: string | undefined;
  /** Folder of other scripts than ours. */
  readonly recipe: string | undefined;
  /** Bytes that a box may have; nothing: its budget. */
  readonly maxBytes: number | undefined;
  /** Gives the box to Vagrant, too. */
  readonly add: boolean;
  /** The proxies of the cluster's spec; nothing: those of the environment alone. */
  readonly proxy?: SpecProxy | undefined;
  readonly onBytes?: ((done: number, all: number | undefined) => void) | undefined;
}

/** What a build works with. */
export interface BoxContext extends RunInput {
  readonly request: BuildRequest;
  readonly all: BoxPaths;
  readonly paths: BuiltPaths;
  readonly source: BaseSource;
  readonly sha512: string;
  readonly recipe: Recipe;
  readonly http: HttpOptions;
  readonly input: BuildBoxInput;
}
