import type { Environment } from "../../http/proxy.js";
import type { ClusterSpec } from "../../model/spec/cluster-spec.js";
import { proxySecrets } from "../../model/spec/proxy-password.js";

/** How what a box is made of comes through `spec.proxy`. */
export interface SpecProxy {
  /** The environment for downloads of this computer. */
  readonly env: Environment;
  /** PEM of the CAs of `spec.proxy.ca`, trusted besides the usual ones. */
  readonly ca: string | undefined;
  /** Variables for the programs in the machine that the box is built in. */
  readonly guest: Readonly<Record<string, string>>;
  /** What of it must not be shown. */
  readonly secrets: readonly string[];
}

const NAMED = ["http_proxy", "https_proxy", "all_proxy"].flatMap((name) => [name, name.toUpperCase()]);

/**
 * What the spec's proxies mean for a box. A proxy in the environment goes before for this computer, which may reach others
 * than its machines do; the machine gets the spec's only, for one on this computer's loopback it could not reach.
 */
export function specProxy(env: Environment, spec: Pick<ClusterSpec, "proxy">, ca: string | undefined): SpecProxy {
  const { http, https, noProxy } = spec.proxy;
  const named = Object.entries({ http_proxy: http, https_proxy: https }).filter(([, url]) => url !== "");
  const direct = noProxy.length === 0 ? {} : { no_proxy: noProxy.join(",") };
  const guest = named.length === 0 ? {} : { ...Object.fromEntries(named), ...direct };
  const isSaid = NAMED.some((name) => (env[name] ?? "").trim() !== "");
  return { env: isSaid ? env : { ...env, ...joined(env, guest) }, ca, guest, secrets: proxySecrets(spec) };
}

/** With what the environment itself exempts. */
function joined(env: Environment, guest: Readonly<Record<string, string>>): Environment {
  const exempt = [env["no_proxy"] ?? env["NO_PROXY"], guest["no_proxy"]].filter((list) => (list ?? "") !== "");
  return exempt.length === 0 ? guest : { ...guest, no_proxy: exempt.join(",") };
}
