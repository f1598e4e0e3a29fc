import { SERVING_FILE, type ClusterCertificate } from "./certificates.js";

/** What to type about each certificate that is not in order, a line each, none twice. */
export function certificateAdvice(certificates: readonly ClusterCertificate[]): readonly string[] {
  const lines = certificates.filter(({ state }) => state !== "ok").map(adviceFor);
  return [...new Set(lines)];
}

function adviceFor(certificate: ClusterCertificate): string {
  const { node, file, state, daysLeft } = certificate;
  const ends =
    state === "soon" ? `has ${daysLeft ?? 0} days left` : state === "expired" ? "has expired" : "cannot be read";
  if (file === SERVING_FILE) return `${node}: ${file} ${ends}: alpine-k8s up`;
  if (certificate.renewedBy === "kubeadm" || certificate.renewedBy === "alpine-k8s")
    return adviceForOurs(certificate, ends);
  if (certificate.renewedBy === "kubelet") return adviceForKubelet(certificate, ends);
  return `${node}: ${file} ${ends}; a CA, or a file of your own, is not renewed automatically: docs/certs.md`;
}

function adviceForOurs({ node, file, state }: ClusterCertificate, ends: string): string {
  if (state !== "unreadable") return `${node}: alpine-k8s certs renew`;
  return file.endsWith("admin.config")
    ? `${file} ${ends}; remove it, then: alpine-k8s kubectl-config`
    : `${node}: ${file} ${ends}, and kubeadm cannot renew what it cannot read: docs/certs.md`;
}

function adviceForKubelet({ node, file, state }: ClusterCertificate, ends: string): string {
  if (state === "soon") {
    return `${node}: ${file} ${ends}, and its kubelet should have renewed it; on the node: rc-service kubelet restart, then look at /var/log/kubelet/kubelet.log`;
  }
  return node.startsWith("master")
    ? `${node}: ${file} ${ends}, so that its kubelet is not let in; what to type there: docs/certs.md`
    : `${node}: ${file} ${ends}, so that its kubelet is not let in: alpine-k8s remove-node ${node} && alpine-k8s add-node ${node}`;
}
