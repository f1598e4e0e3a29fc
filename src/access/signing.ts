import { AlpineK8sError } from "../base/errors.js";
import { until, type Clock } from "../base/wait.js";
import { fieldsOf, statusConditions, textOf } from "../kube/fields.js";
import type { KubeApi, KubeObject } from "../kube/kube-api.js";
import { labelsOf, MANAGER, objectName, USER_LABEL } from "./user.js";

const SIGNING = "/apis/certificates.k8s.io/v1/certificatesigningrequests";

/** Milliseconds that the cluster gets to sign. */
const PATIENCE = 60_000;

export interface Signing {
  readonly user: string;
  readonly issue: string;
  /** PEM of the request. */
  readonly request: string;
  /** Seconds that the certificate is to last; undefined: as long as the cluster's signer gives. */
  readonly seconds: number | undefined;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly onReason: (reason: string) => void;
}

/**
 * The certificate (PEM) for a request, by the cluster's signer for clients of the API: makes the
 * CertificateSigningRequest, approves it, waits for the answer, and takes it away again, also when something failed.
 * Throws `unhealthy` when it is denied or fails, `timeout` when nobody signs it within a minute.
 */
export async function signRequest(kube: KubeApi, signing: Signing): Promise<string> {
  const { user, issue, seconds, signal } = signing;
  const name = objectName(user, issue);
  const path = `${SIGNING}/${name}`;
  const document: KubeObject = {
    ...{ apiVersion: "certificates.k8s.io/v1", kind: "CertificateSigningRequest" },
    metadata: { name, labels: labelsOf(user) },
    spec: {
      request: Buffer.from(signing.request).toString("base64"),
      signerName: "kubernetes.io/kube-apiserver-client",
      usages: ["client auth"],
      ...(seconds === undefined ? {} : { expirationSeconds: seconds }),
    },
  };
  await forgetRequests(kube, user, signal);
  await kube.create(SIGNING, document, signal);
  try {
    return await approvedAndSigned(kube, path, signing);
  } finally {
    // The cluster forgets it by itself after an hour at the latest.
    await kube.delete(path).catch(() => undefined);
  }
}

/** Takes away what runs that were killed have left of a user's requests. */
export async function forgetRequests(kube: KubeApi, user: string, signal: AbortSignal): Promise<void> {
  const query = `labelSelector=${encodeURIComponent(`${USER_LABEL}=${user}`)}`;
  for (const { metadata } of await kube.list(`${SIGNING}?${query}`, signal)) {
    await kube.delete(`${SIGNING}/${encodeURIComponent(metadata.name)}`, signal);
  }
}

async function approvedAndSigned(
  kube: KubeApi,
  path: string,
  { user, clock, signal, onReason }: Signing,
): Promise<string> {
  const approval = {
    type: "Approved",
    status: "True",
    reason: "AlpineK8sUser",
    message: `approved by alpine-k8s for user ${user}`,
  };
  await refuseDenied(kube, path, user, signal);
  await kube.patch(`${path}/approval`, { status: { conditions: [approval] } }, MANAGER, signal);
  let certificate = "";
  await until({
    ...{ what: `the certificate of user ${user}`, every: 500, atMost: PATIENCE, clock, signal, onReason },
    hints: ["does the cluster sign certificates? its kube-controller-manager needs the CA's key", "or: --kind token"],
    check: async () => {
      const live = await refuseDenied(kube, path, user, signal);
      certificate = Buffer.from(textOf(fieldsOf(live["status"])["certificate"]) ?? "", "base64").toString("utf8");
      return certificate === "" ? "the cluster has not signed it yet" : undefined;
    },
  });
  return certificate;
}

/** The request as it is. Throws when somebody has denied it, the signer could not take it, or it is gone. */
async function refuseDenied(kube: KubeApi, path: string, user: string, signal: AbortSignal): Promise<KubeObject> {
  const live = await kube.find(path, signal);
  if (live === undefined) throw refused(user, "was deleted by somebody before it was signed");
  const bad = statusConditions(live).find(({ type }) => type === "Denied" || type === "Failed");
  if (bad === undefined) return live;
  const why = [bad.reason, bad.message].filter((text) => text !== "").join(": ");
  throw refused(user, `${bad.type === "Denied" ? "was denied" : "failed"}${why === "" ? "" : `: ${why}`}`);
}

function refused(user: string, why: string): AlpineK8sError {
  return new AlpineK8sError("unhealthy", `the request for a certificate of user ${user} ${why}`, {
    hints: ["who or what in the cluster decides on CertificateSigningRequests?", "or: --kind token"],
  });
}
