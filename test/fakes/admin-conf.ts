import { nodeConfig } from "../kubeconfig/node-config.js";
import { issue } from "../pki/issue.js";

/** /etc/kubernetes/admin.conf as kubeadm would write it with this CA, for so many days. */
export async function issueAdminConf(ca: { certificate: string; key: string }, days = 365): Promise<string> {
  const notAfter = new Date(Date.now() + days * 24 * 3600_000);
  const admin = await issue(ca, { subject: "O=kubeadm:cluster-admins, CN=kubernetes-admin", notAfter });
  return nodeConfig({ ca: ca.certificate, ...admin });
}
