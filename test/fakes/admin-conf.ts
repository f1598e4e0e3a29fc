import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readCredentials } from "../../src/kubeconfig/admin-config.js";
import { nodeConfig } from "../kubeconfig/node-config.js";
import { issue } from "../pki/issue.js";

/** /etc/kubernetes/admin.conf as kubeadm would write it with this CA, valid for `days`. */
export async function issueAdminConf(ca: { certificate: string; key: string }, days = 365): Promise<string> {
  const notAfter = new Date(Date.now() + days * 24 * 3600_000);
  const admin = await issue(ca, { subject: "O=kubeadm:cluster-admins, CN=kubernetes-admin", notAfter });
  return nodeConfig({ ca: ca.certificate, ...admin });
}

/** Puts the credentials of a master's admin.conf into the folder's admin.config, as an earlier run would have done. */
export async function rewriteAdminConfig({ folder, adminConf }: { folder: string; adminConf: string }): Promise<void> {
  const path = join(folder, "admin.config");
  const { certificate, key } = readCredentials(adminConf);
  const base64 = (text: string): string => Buffer.from(text).toString("base64");
  const text = (await readFile(path, "utf8"))
    .replace(/client-certificate-data: .*/, `client-certificate-data: ${base64(certificate)}`)
    .replace(/client-key-data: .*/, `client-key-data: ${base64(key)}`);
  await writeFile(path, text, { mode: 0o600 });
}
