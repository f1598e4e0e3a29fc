import { createPrivateKey, webcrypto } from "node:crypto";
import { provideReflectMetadata } from "../../src/pki/reflect-metadata.js";
import type { ClusterCa } from "../../src/pki/ca.js";

export interface Leaf {
  readonly subject: string;
  readonly dns?: readonly string[];
  readonly ips?: readonly string[];
  readonly notAfter?: Date;
}

/** A certificate for servers and clients signed by the CA, with its key, both PEM. */
export async function issue(ca: ClusterCa, leaf: Leaf): Promise<{ certificate: string; key: string }> {
  provideReflectMetadata();
  const x509 = await import("@peculiar/x509");
  const algorithm = { name: "ECDSA", namedCurve: "P-256" };
  const issuer = new x509.X509Certificate(ca.certificate);
  const pkcs8 = createPrivateKey(ca.key).export({ type: "pkcs8", format: "der" });
  const signingKey = await webcrypto.subtle.importKey("pkcs8", pkcs8, algorithm, false, ["sign"]);
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const names = [
    ...(leaf.dns ?? []).map((value) => ({ type: "dns" as const, value })),
    ...(leaf.ips ?? []).map((value) => ({ type: "ip" as const, value })),
  ];
  const certificate = await x509.X509CertificateGenerator.create({
    subject: leaf.subject,
    issuer: issuer.subject,
    notBefore: new Date(Date.now() - 3600_000),
    notAfter: leaf.notAfter ?? new Date(Date.now() + 3600_000),
    signingAlgorithm: { name: "ECDSA", hash: "SHA-256" },
    publicKey: keys.publicKey,
    signingKey,
    extensions: [
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth, x509.ExtendedKeyUsage.clientAuth]),
      ...(names.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(names)]),
    ],
  });
  const exported = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey));
  const key = createPrivateKey({ key: exported, format: "der", type: "pkcs8" }).export({
    type: "pkcs8",
    format: "pem",
  });
  return { certificate: certificate.toString("pem"), key: key.toString() };
}
