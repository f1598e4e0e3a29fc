import type { NodeFacts } from "../../alpine/facts.js";
import type { NodeSession } from "../../engine/node-session.js";
import { readCertificate } from "../../pki/certificate.js";

/** Certificates with fewer days than this are renewed by `up` where it can, and warned about everywhere. */
export const RENEW_BELOW_DAYS = 30;

const DAY = 24 * 3600_000;

/** Where a kubelet looks for the certificate that it shows, unless it is told another place; it makes one where none is. */
export const SERVING_FILE = "/var/lib/kubelet/pki/kubelet.crt";

/** Who renews a certificate before it expires; `nobody`: CAs, a kubelet's own self-signed one, unknown files. */
type Renewer = "kubeadm" | "kubelet" | "alpine-k8s" | "nobody";

/** One certificate of a cluster; the shape of an element of `certs status -o json`. */
export interface ClusterCertificate {
  /** Name of the node, or `this computer`. */
  readonly node: string;
  readonly file: string;
  readonly subject: string;
  /** UTC, RFC 3339; null when the file holds no certificate that can be read. */
  readonly expires: string | null;
  /** Whole days, rounded down; negative once it has expired. */
  readonly daysLeft: number | null;
  readonly state: "ok" | "soon" | "expired" | "unreadable";
  readonly renewedBy: Renewer;
}

export interface CertificateSource {
  readonly node: string;
  readonly file: string;
  readonly data: string | Uint8Array;
  readonly renewedBy: Renewer;
}

/** The state of a certificate at the time `now`. */
export function judgeCertificate({ node, file, data, renewedBy }: CertificateSource, now: Date): ClusterCertificate {
  const read = readCertificate(data);
  if (read === undefined) {
    return { node, file, subject: "", expires: null, daysLeft: null, state: "unreadable", renewedBy };
  }
  const daysLeft = Math.floor((read.notAfter.getTime() - now.getTime()) / DAY);
  const state = daysLeft < 0 ? "expired" : daysLeft < RENEW_BELOW_DAYS ? "soon" : "ok";
  const expires = read.notAfter.toISOString().replace(".000Z", "Z");
  return { node, file, subject: read.subject, expires, daysLeft, state, renewedBy };
}

/** What `kubeadm certs renew all` renews, below /etc/kubernetes (kubeadm reference, "kubeadm certs renew"). */
const BY_KUBEADM = new Set([
  ...["admin.conf", "super-admin.conf", "controller-manager.conf", "scheduler.conf"],
  ...["pki/apiserver.crt", "pki/apiserver-kubelet-client.crt", "pki/apiserver-etcd-client.crt"],
  ...["pki/front-proxy-client.crt", "pki/etcd/server.crt", "pki/etcd/peer.crt", "pki/etcd/healthcheck-client.crt"],
]);

function renewerOf(path: string, data: Buffer): Renewer {
  if (BY_KUBEADM.has(path.replace(/^\/etc\/kubernetes\//, ""))) return "kubeadm";
  if (path === SERVING_FILE) return isSelfMade(data) ? "nobody" : "alpine-k8s";
  return /\/kubelet\.conf$|\/kubelet-(client|server)-current\.pem$/.test(path) ? "kubelet" : "nobody";
}

/** The certificates in a node's facts, in their order. */
export function certificatesOf(node: string, facts: NodeFacts, now = new Date()): readonly ClusterCertificate[] {
  return facts.certificates.map(({ path, base64 }) => {
    const data = Buffer.from(base64, "base64");
    return judgeCertificate({ node, file: path, data, renewedBy: renewerOf(path, data) }, now);
  });
}

/** Whether a kubelet shows a certificate that it has made itself: nobody can tell from it whose kubelet it is. */
export function hasUnverifiableKubelet({ certificates }: Pick<NodeFacts, "certificates">): boolean {
  const shown = certificates.find(({ path }) => path === SERVING_FILE);
  return shown !== undefined && isSelfMade(Buffer.from(shown.base64, "base64"));
}

function isSelfMade(data: Buffer): boolean {
  const read = readCertificate(data);
  return read !== undefined && !read.subject.startsWith("O=system:nodes");
}

/** Whether `up` renews the certificates of a master that is set up: they end soon, or a renewal was cut off. */
export function isRenewalDue({ node, facts }: Pick<NodeSession, "node" | "facts">): boolean {
  const days = leastDaysLeft(certificatesOf(node.name, facts));
  return facts.renewalPending || (days !== undefined && days < RENEW_BELOW_DAYS);
}

/** Days until the first certificate that kubeadm renews ends; nothing when the node told none that can be read. */
export function leastDaysLeft(certificates: readonly ClusterCertificate[]): number | undefined {
  const days = certificates.flatMap(({ renewedBy, daysLeft }) =>
    renewedBy === "kubeadm" && daysLeft !== null ? [daysLeft] : [],
  );
  return days.length === 0 ? undefined : Math.min(...days);
}
