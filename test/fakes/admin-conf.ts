import { nodeConfig } from "../kubeconfig/node-config.js";
import { issue } from "../pki/issue.js";

/** /etc/kubernetes/admin.conf as kubeadm would write it with this CA. */
export async function issueAdminConf(ca: { certificate: string; key: string }): Promise<string> {
  const notAfter = new Date(Date.now() + 365 * 24 * 3600_000);
  const admin = await issue(ca, { subject: "O=kubeadm:cluster-admins, CN=kubernetes-admin", notAfter });
  return nodeConfig({ ca: ca.certificate, ...admin });
}
