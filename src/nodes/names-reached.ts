import type { ClusterContext } from "../engine/context.js";
import type { NodeSession } from "../engine/node-session.js";
import type { NodeBoot } from "../kube/started/since-boot.js";
import { formatAddress, parseSubnet } from "../model/spec/ipv4.js";

/** kubeadm gives CoreDNS' Service the tenth address of the Services' network (kubeadm, constants.GetDNSIP). */
const TENTH = 10;
/** Milliseconds; longer than the question's own limit. */
const LIMIT = 15_000;

/** Asks as a pod does, over UDP at the Service's address; BusyBox' nslookup waits 5 s for an answer. */
const SCRIPT = `timeout 3 nslookup "kubernetes.default.svc.$AK8S_DOMAIN" "$AK8S_DNS" >/dev/null 2>&1 && echo reached || echo silent`;

/**
 * Makes a function that asks CoreDNS for a name from each node that has just started, by the address of its Service: that
 * shows at once whether kube-proxy has its rules there, the network its routes, and CoreDNS its answers, of which the API
 * tells nothing. It gives undefined when all have got an answer, else which have not. A node that cannot be asked is left
 * out: other conditions tell of it.
 */
export function askNames(
  { identity, signal }: Pick<ClusterContext, "identity" | "signal">,
  sessions: readonly (NodeSession | undefined)[],
): (boots: readonly NodeBoot[]) => Promise<string | undefined> {
  const dns = formatAddress((parseSubnet(identity.serviceSubnet)?.base ?? 0) + TENTH);
  const question = { dns, domain: identity.dnsDomain, signal };
  return async (boots) => {
    const started = new Set(boots.map(({ fqdn }) => fqdn));
    const asked = sessions.flatMap((session) =>
      session !== undefined && started.has(session.node.fqdn) ? [session] : [],
    );
    const silent = (await Promise.all(asked.map((session) => whereSilent(session, question)))).flat();
    return silent.length === 0
      ? undefined
      : `names are not answered yet on ${silent.join(", ")}: CoreDNS is silent at its Service's address ${dns}`;
  };
}

interface Question {
  readonly dns: string;
  readonly domain: string;
  readonly signal: AbortSignal;
}

async function whereSilent({ node, host }: NodeSession, { dns, domain, signal }: Question): Promise<readonly string[]> {
  try {
    const { stdout } = await host.run({
      ...{ name: "names", script: SCRIPT, readOnly: true, timeout: LIMIT, signal },
      variables: { AK8S_DNS: dns, AK8S_DOMAIN: domain },
    });
    return stdout.trim() === "silent" ? [node.fqdn] : [];
  } catch {
    signal.throwIfAborted();
    return [];
  }
}
