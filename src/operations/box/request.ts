import { resolve } from "node:path";
import { AlpineK8sError } from "../../base/errors.js";
import { withoutLogins } from "../../base/hide-logins.js";
import { isUrl } from "../../boxes/base-source.js";
import { ARCHITECTURES, providersIn, type Architecture } from "../../boxes/build-request.js";
import { kubernetesVersion } from "../../model/spec/formats.js";
import { RUNTIMES } from "../../model/versions/table.js";
import type { RuntimeName } from "../../model/versions/facts.js";
import type { BuildBoxInput } from "./context.js";

/** `box build` as it was typed. */
export interface TypedBox {
  readonly alpine: string;
  readonly kubernetes: string;
  readonly runtime: string;
  /** Names with commas between them. */
  readonly provider: string;
  readonly architecture: string;
  readonly preload: boolean;
  readonly base?: string | undefined;
  readonly sha512?: string | undefined;
  /** File with a public key. */
  readonly key?: string | undefined;
  readonly mirror?: string | undefined;
  readonly recipe?: string | undefined;
  /** Millions of bytes. */
  readonly maxSize?: number | undefined;
  readonly add: boolean;
}

type Asked = Pick<BuildBoxInput, "request" | "base" | "key" | "mirror" | "recipe" | "maxBytes" | "add">;

/** What was asked for. Throws `usage` for what is no release, version, provider or URL. */
export function boxRequest(typed: TypedBox): Asked {
  const { alpine, kubernetes, base, sha512, key, mirror, maxSize, preload, recipe, add } = typed;
  if (!/^\d{1,2}\.\d{1,2}$/.test(alpine))
    throw refused(`--alpine ${shortened(alpine)}`, "a release is wanted, such as 3.24");
  const wrong = kubernetesVersion.validate(kubernetes);
  if (wrong !== undefined) throw refused(`--kubernetes ${shortened(kubernetes)}`, wrong);
  if (mirror !== undefined) checkMirror(mirror);
  if (base === undefined && sha512 !== undefined)
    throw refused("--sha512", "it is the sum of an image that --base names");
  return {
    request: {
      ...{ alpine, kubernetes, preload, providers: providersIn(typed.provider) },
      runtime: oneOf(
        RUNTIMES.map(({ name }) => name),
        typed.runtime,
        "--runtime",
      ),
      architecture: oneOf<Architecture>(ARCHITECTURES, typed.architecture, "--arch"),
    },
    base: base === undefined ? undefined : { place: isUrl(base) ? base : resolve(base), sha512 },
    key: key === undefined ? undefined : resolve(key),
    recipe: recipe === undefined ? undefined : resolve(recipe),
    maxBytes: maxSize === undefined ? undefined : maxSize * 1_000_000,
    ...{ mirror, add },
  };
}

/** The mirror stays in the box, in the list of its repositories. */
function checkMirror(mirror: string): void {
  const flag = `--mirror ${shortened(withoutLogins(mirror))}`;
  if (!/^https?:\/\/[^/\s'"`$\\]+(\/[^\s'"`$\\]*)?$/i.test(mirror))
    throw refused(flag, "a URL is wanted, such as https://mirror.example.com/alpine");
  if (withoutLogins(mirror) !== mirror) throw refused(flag, "its login would stand in the box");
}

function oneOf<T extends RuntimeName | Architecture>(known: readonly T[], word: string, flag: string): T {
  const found = known.find((one) => one === word);
  if (found !== undefined) return found;
  throw refused(`${flag} ${shortened(word)}`, `one of these is wanted: ${[...new Set<string>(known)].join(", ")}`);
}

function shortened(word: string): string {
  return JSON.stringify(word.slice(0, 80));
}

function refused(what: string, why: string): AlpineK8sError {
  return new AlpineK8sError("usage", `${what}: ${why}`, { hints: ["alpine-k8s box build --help"] });
}
