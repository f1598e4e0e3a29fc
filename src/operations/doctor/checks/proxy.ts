import { proxyFor, UnusableProxy } from "../../../http/proxy.js";
import { type Check, failed, ok, type QuickCheck, skipped } from "../check.js";
import { apiAddress, clusterNetwork, editSpec, type QuickSubject } from "../subject.js";

const PROXIES = ["https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"];

/** Names of the environment's proxy variables that are set; their values may hold passwords. */
function proxiesIn({ computer }: QuickSubject): readonly string[] {
  return PROXIES.filter((name) => (computer.env[name] ?? "") !== "");
}

/**
 * With a proxy in the environment, NO_PROXY names the cluster's addresses; otherwise kubectl asks the proxy for the
 * API.
 */
export const proxy: QuickCheck = {
  id: "proxy",
  on: "this computer",
  weight: "warning",
  inUp: "warn",
  look: (subject) => {
    const set = proxiesIn(subject);
    const address = apiAddress(subject);
    if (set.length === 0) return ok("no proxy in the environment");
    if (address === undefined) return skipped("the cluster's addresses are not known");
    const { env } = subject.computer;
    const name = env["no_proxy"] === undefined ? "NO_PROXY" : "no_proxy";
    const what = clusterNetwork(subject) ?? address;
    const exempt = `export ${name}="\${${name}:+$${name},}${what}"`;
    try {
      if (proxyFor(new URL(`https://${address}:6443`), env) === undefined)
        return ok(`${set.join(", ")}; not for ${address}`);
    } catch (error) {
      if (!(error instanceof UnusableProxy)) throw error;
      // kubectl speaks SOCKS, and would ask that proxy for the API.
      return failed(error.message, error.isSocks ? exempt : `unset ${error.variable}`);
    }
    return failed(`${set.join(", ")} would be asked for the API at ${address}: ${name} does not name ${what}`, exempt);
  },
};

/** Where this computer needs a proxy, the nodes need one, too: images and packages come from outside. */
export const proxyOfNodes: Check = {
  id: "proxy-of-nodes",
  on: "this computer",
  weight: "warning",
  look: (subject) => {
    const set = proxiesIn(subject);
    if (set.length === 0) return ok("no proxy in the environment");
    if (subject.spec === undefined) return skipped("the spec is not valid");
    const { http, https } = subject.spec.proxy;
    if (http !== "" || https !== "") return ok("spec.proxy names one for the nodes");
    return failed(`this computer uses ${set.join(", ")}, spec.proxy gives the nodes none`, editSpec(subject));
  },
};
