import { createPrivateKey, X509Certificate } from "node:crypto";
import type { ClusterContext } from "../../engine/context.js";
import type { NodeSession } from "../../engine/node-session.js";
import { mastersToAsk } from "../masters.js";

/**
 * The key of the cluster's CA in PEM, from this computer, else from a master that is set up and answers; it is kept
 * nowhere. Undefined where nobody has it: somebody keeps it elsewhere.
 */
export async function caKey(context: ClusterContext): Promise<string | undefined> {
  const { caKey: ours, caCertificate } = context.secrets;
  if (ours !== undefined) return ours;
  for (const node of mastersToAsk(context)) {
    const [session] = await context.fleet.observe([node]);
    if (session?.facts.state !== "finished") continue;
    const key = await keyOn(session, context.signal);
    if (isKeyOf(caCertificate, key)) return key;
  }
  return undefined;
}

async function keyOn({ host }: NodeSession, signal: AbortSignal): Promise<string> {
  const script = "cat /etc/kubernetes/pki/ca.key 2>/dev/null || :\n";
  const { stdout } = await host.run({ name: "key of the CA", script, readOnly: true, secretOutput: true, signal });
  return stdout;
}

function isKeyOf(certificate: string, key: string): boolean {
  try {
    return new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key));
  } catch {
    return false;
  }
}
