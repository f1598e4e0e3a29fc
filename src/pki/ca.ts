import { createHash, KeyObject, X509Certificate, webcrypto } from "node:crypto";
import { provideReflectMetadata } from "./reflect-metadata.js";

const DAY = 24 * 3600 * 1000;
const VALID_DAYS = 3650;

/** A certificate authority as kubeadm takes it: both in PEM. */
export interface ClusterCa {
  readonly certificate: string;
  /** "EC PRIVATE KEY" (SEC 1): what kubeadm itself writes for ECDSA keys, and client-go's keyutil reads. */
  readonly key: string;
}

/**
 * Makes a new cluster CA: ECDSA P-256, valid for ten years from a day ago (clocks of nodes and computers differ),
 * with the subject, subject alternative name and key usages that kubeadm gives its own (client-go
 * `cert.NewSelfSignedCACert`), so that kubeadm uses it from `pki/ca.crt` and `pki/ca.key` instead of making its own.
 * `name` goes into the organisational unit, so that people with several clusters can tell their CAs apart.
 */
export async function createClusterCa(options: { readonly name: string; readonly now?: Date }): Promise<ClusterCa> {
  // Imported here and not at the top: it takes a tenth of a second, and most runs only read a CA that exists.
  provideReflectMetadata();
  const x509 = await import("@peculiar/x509");
  const now = options.now ?? new Date();
  const algorithm = { name: "ECDSA", namedCurve: "P-256" };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const usages = x509.KeyUsageFlags;
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: [{ OU: [options.name] }, { CN: ["kubernetes"] }],
    notBefore: new Date(now.getTime() - DAY),
    notAfter: new Date(now.getTime() + VALID_DAYS * DAY),
    signingAlgorithm: { name: "ECDSA", hash: "SHA-256" },
    keys,
    extensions: [
      new x509.KeyUsagesExtension(usages.digitalSignature | usages.keyEncipherment | usages.keyCertSign, true),
      new x509.BasicConstraintsExtension(true, undefined, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      new x509.SubjectAlternativeNameExtension([{ type: "dns", value: "kubernetes" }]),
    ],
  });
  const key = KeyObject.from(keys.privateKey).export({ type: "sec1", format: "pem" });
  return { certificate: `${certificate.toString("pem")}\n`, key: key.toString() };
}

/**
 * kubeadm's pin of a CA: `sha256:` and the lower-case hex SHA-256 of the certificate's SubjectPublicKeyInfo
 * (kubeadm `pubkeypin`, RFC 7469 section 2.4).
 */
export function caHash(certificatePem: string): string {
  const spki = new X509Certificate(certificatePem).publicKey.export({ type: "spki", format: "der" });
  return `sha256:${createHash("sha256").update(spki).digest("hex")}`;
}

/** Lower-case hex SHA-256 of the certificate's DER: what `base64 -d | sha256sum` prints for the file's body. */
export function caFingerprint(certificatePem: string): string {
  return new X509Certificate(certificatePem).fingerprint256.replaceAll(":", "").toLowerCase();
}
