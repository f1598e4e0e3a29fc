import { makeAdminConfig } from "../../src/kubeconfig/admin-config.js";
import { createClusterCa } from "../../src/pki/ca.js";
import { issue } from "../pki/issue.js";
import { nodeConfig } from "./node-config.js";

/** admin.config of a new cluster of that name, with a CA of its own. */
export async function adminConfig(clusterName: string, server = "https://10.250.250.2:6443"): Promise<string> {
  return (await cluster(clusterName))(server);
}

/** Makes a cluster's CA. The returned function issues admin.configs with new client certificates. */
export async function cluster(clusterName: string): Promise<(server?: string) => Promise<string>> {
  const ca = await createClusterCa({ name: clusterName });
  return async (server = "https://10.250.250.2:6443") =>
    makeAdminConfig({
      adminConf: nodeConfig({ ca: ca.certificate, ...(await issue(ca, { subject: "CN=kubernetes-admin" })) }),
      ...{ clusterName, server, serverName: `api.${clusterName}.example.com`, caCertificate: ca.certificate },
    });
}

/** A kubeconfig's text with shortened certificates and keys, so that it can be compared by eye. */
export function shortened(text: string): string {
  return text.replace(/(-data"?: ?"?)[\w+/=]+/g, "$1...");
}
