import type { ClusterSpec } from "./cluster-spec.js";

/** Whether a proxy's address carries a login, `http://name:password@proxy:3128`: such an address is a secret. */
export function carriesLogin(proxy: string): boolean {
  return /^[^/]*\/\/[^/]*@/.test(proxy);
}

/** The secrets in the spec's proxies: each whole address, its login, and its password as written and decoded. */
export function proxySecrets({ proxy }: Pick<ClusterSpec, "proxy">): readonly string[] {
  const secrets = [proxy.http, proxy.https].filter(carriesLogin).flatMap((address) => {
    const login = address.slice(address.indexOf("//") + 2, address.lastIndexOf("@"));
    const password = login.slice(login.indexOf(":") + 1);
    return [address, login, password, decoded(password)];
  });
  return [...new Set(secrets)].filter((secret) => secret !== "");
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
