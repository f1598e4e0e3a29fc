import { BlockList, isIP } from "node:net";
import { AlpineK8sError } from "../base/errors.js";

export type Environment = Readonly<Record<string, string | undefined>>;

/** The environment names a proxy that is not http or https; kind `usage`. */
export class UnusableProxy extends AlpineK8sError {
  constructor(
    /** The variable as it is written there. */
    readonly variable: string,
    /** A SOCKS proxy, which kubectl speaks and this program does not. */
    readonly isSocks: boolean,
    { scheme, host }: { readonly scheme: string; readonly host: string },
  ) {
    const what = isSocks ? "a SOCKS proxy; only http and https proxies are spoken" : "no http or https proxy";
    const before = variable.toLowerCase() === "all_proxy" ? `${scheme}_proxy` : variable;
    super("usage", `the environment variable ${variable} names ${what}`, {
      hints: [
        `${before}=http://proxy.example.com:3128${before === variable ? "" : `  (goes before ${variable})`}`,
        `or leave it out for one host: no_proxy=${host}`,
      ],
    });
  }
}

/**
 * The proxy that the environment names for a URL, or nothing: `http_proxy`, `https_proxy`, `all_proxy` and `no_proxy`,
 * small letters before capitals. Throws {@link UnusableProxy} for one that is not http or https; its password is not repeated.
 */
export function proxyFor(url: URL, env: Environment): URL | undefined {
  const scheme = url.protocol.replace(":", "");
  const name = [`${scheme}_proxy`, "all_proxy"].find((candidate) => variable(env, candidate) !== "");
  if (name === undefined || isExempt(url, variable(env, "no_proxy"))) return undefined;
  const value = variable(env, name);
  const text = value.includes("://") ? value : `http://${value}`;
  const proxy = URL.canParse(text) ? new URL(text) : undefined;
  if (proxy && /^https?:$/.test(proxy.protocol)) return proxy;
  throw new UnusableProxy(writtenAs(env, name), /^socks/i.test(text), { scheme, host: url.hostname });
}

function variable(env: Environment, name: string): string {
  return (env[writtenAs(env, name)] ?? "").trim();
}

function writtenAs(env: Environment, name: string): string {
  return env[name] === undefined ? name.toUpperCase() : name;
}

/** Whether `no_proxy` names the host: exactly, as a parent domain, by address block, with a port, or by `*`. */
function isExempt(url: URL, noProxy: string): boolean {
  const host = url.hostname.replace(/^\[|\]$/g, "").toLowerCase();
  const port = url.port === "" ? (url.protocol === "https:" ? "443" : "80") : url.port;
  const entries = noProxy.toLowerCase().split(/[\s,]+/);
  return entries.filter((entry) => entry !== "").some((entry) => entry === "*" || covers(entry, host, port));
}

function covers(entry: string, host: string, port: string): boolean {
  if (entry.includes("/")) return inBlock(entry, host);
  const [, name = entry, ofPort] = /^\[?(.+?)\]?(?::(\d+))?$/.exec(isIP(entry) === 6 ? `[${entry}]` : entry) ?? [];
  if (ofPort !== undefined && ofPort !== port) return false;
  const domain = name.replace(/^\*?\./, "");
  return host === domain || (isIP(host) === 0 && host.endsWith(`.${domain}`));
}

function inBlock(entry: string, host: string): boolean {
  const [network = "", prefix = ""] = entry.split("/");
  const family = isIP(network) === 6 ? "ipv6" : "ipv4";
  if (isIP(host) === 0 || isIP(network) !== isIP(host)) return false;
  try {
    const block = new BlockList();
    block.addSubnet(network, Number(prefix), family);
    return block.check(host, family);
  } catch {
    return false;
  }
}
