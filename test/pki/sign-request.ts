import { createPrivateKey, webcrypto } from "node:crypto";
import { provideReflectMetadata } from "../../src/pki/reflect-metadata.js";
import type { ClusterCa } from "../../src/pki/ca.js";

interface Wanted {
  readonly notAfter: Date;
  /** Instead of the request's. */
  readonly subject?: string;
  /** Signs a key that is not the request's. */
  readonly otherKey?: boolean;
}

/** The certificate (PEM) that a cluster's signer for clients gives for a request (PEM). */
export async function signed(ca: ClusterCa, request: string, { notAfter, subject, otherKey }: Wanted): Promise<string> {
  provideReflectMetadata();
  const x509 = await import("@peculiar/x509");
  const algorithm = { name: "ECDSA", namedCurve: "P-256" };
  const asked = new x509.Pkcs10CertificateRequest(request);
  const pkcs8 = createPrivateKey(ca.key).export({ type: "pkcs8", format: "der" });
  const other = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const certificate = await x509.X509CertificateGenerator.create({
    subject: subject ?? asked.subject,
    issuer: new x509.X509Certificate(ca.certificate).subject,
    notBefore: new Date(Date.now() - 300_000),
    notAfter,
    signingAlgorithm: { name: "ECDSA", hash: "SHA-256" },
    publicKey: otherKey === true ? other.publicKey : asked.publicKey,
    signingKey: await webcrypto.subtle.importKey("pkcs8", pkcs8, algorithm, false, ["sign"]),
    extensions: [new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth])],
  });
  return certificate.toString("pem");
}
