import { createPrivateKey, KeyObject, randomBytes, X509Certificate, webcrypto } from "node:crypto";
import { provideReflectMetadata } from "./reflect-metadata.js";

const DAY = 24 * 3600 * 1000;
const VALID_DAYS = 365;

/** Whose certificate it is: the node's name in the cluster, and the address at which others reach its kubelet. */
export interface ServingNode {
  readonly fqdn: string;
  readonly address: string;
}

/** A certificate authority and its key, both in PEM. */
export interface SigningCa {
  readonly certificate: string;
  readonly key: string;
}

/**
 * Certificate and key, in this order in one PEM text, with which a kubelet proves to be this node and no other: signed by
 * the cluster's CA, with one name and one address, for a server only, for a year from a day ago (clocks of nodes and
 * computers differ), and never longer than the CA. Subject and usages are those that Kubernetes' own signer
 * `kubernetes.io/kubelet-serving` demands (reference, "Certificate Signing Requests"). The CA's key may be RSA or ECDSA.
 */
export async function createServingPem(node: ServingNode, ca: SigningCa, now = new Date()): Promise<string> {
  // Imported here and not at the top: it takes a tenth of a second, and most runs only read certificates that exist.
  provideReflectMetadata();
  const x509 = await import("@peculiar/x509");
  const issuer = new x509.X509Certificate(ca.certificate);
  const keys = await webcrypto.subtle.generateKey(ECDSA, true, ["sign", "verify"]);
  const end = Math.min(now.getTime() + VALID_DAYS * DAY, issuer.notAfter.getTime());
  const usages = x509.KeyUsageFlags;
  const { signingKey, signingAlgorithm } = await signerOf(ca.key);
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serial(),
    subject: [{ O: ["system:nodes"] }, { CN: [`system:node:${node.fqdn}`] }],
    issuer: issuer.subject,
    notBefore: new Date(now.getTime() - DAY),
    notAfter: new Date(end),
    publicKey: keys.publicKey,
    signingKey,
    signingAlgorithm,
    extensions: [
      new x509.KeyUsagesExtension(usages.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.SubjectAlternativeNameExtension([
        { type: "dns", value: node.fqdn },
        { type: "ip", value: node.address },
      ]),
    ],
  });
  const key = KeyObject.from(keys.privateKey).export({ type: "sec1", format: "pem" });
  return `${certificate.toString("pem")}\n${key.toString()}`;
}

/**
 * Whether certificate and key in this text belong together, are this node's and no other's, come from the CA, and end in
 * no fewer than `days` days.
 */
export function isServingPem(
  text: string,
  wanted: ServingNode & { readonly ca: string; readonly days: number },
): boolean {
  try {
    const certificate = new X509Certificate(text);
    const ca = new X509Certificate(wanted.ca);
    return (
      certificate.subjectAltName === `DNS:${wanted.fqdn}, IP Address:${wanted.address}` &&
      certificate.checkIssued(ca) &&
      certificate.verify(ca.publicKey) &&
      certificate.checkPrivateKey(createPrivateKey(text)) &&
      new Date(certificate.validTo).getTime() >= Date.now() + wanted.days * DAY
    );
  } catch {
    return false;
  }
}

const ECDSA = { name: "ECDSA", namedCurve: "P-256" };

/** The CA's key as Web Crypto takes it. */
async function signerOf(pem: string) {
  const key = createPrivateKey(pem);
  const der = key.export({ format: "der", type: "pkcs8" });
  const import_ = (algorithm: webcrypto.RsaHashedImportParams | webcrypto.EcKeyImportParams) =>
    webcrypto.subtle.importKey("pkcs8", der, algorithm, false, ["sign"]);
  if (key.asymmetricKeyType === "rsa") {
    const algorithm = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
    return { signingKey: await import_(algorithm), signingAlgorithm: algorithm };
  }
  const curve = key.asymmetricKeyDetails?.namedCurve;
  const namedCurve = curve === "secp384r1" ? "P-384" : curve === "secp521r1" ? "P-521" : "P-256";
  return {
    signingKey: await import_({ name: "ECDSA", namedCurve }),
    signingAlgorithm: { name: "ECDSA", hash: "SHA-256" },
  };
}

/** A serial number of 127 bits: positive, and not guessed (RFC 5280, 4.1.2.2; CA/Browser Forum asks for 64 bits). */
function serial(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes.toString("hex");
}
